import azure from './built-in/azure.json' with { type: 'json' }
import bifrost from './built-in/bifrost.json' with { type: 'json' }
import litellm from './built-in/litellm.json' with { type: 'json' }
import newApi from './built-in/new-api.json' with { type: 'json' }
import openai from './built-in/openai.json' with { type: 'json' }
import openrouter from './built-in/openrouter.json' with { type: 'json' }
import sglang from './built-in/sglang.json' with { type: 'json' }
import soraRelay from './built-in/sora-relay.json' with { type: 'json' }
import trtllm from './built-in/trtllm.json' with { type: 'json' }
import vllmOmni from './built-in/vllm-omni.json' with { type: 'json' }
import xai from './built-in/xai.json' with { type: 'json' }

const files: { name: string }[] = [
  ...[openai, azure, litellm, bifrost, newApi, soraRelay, vllmOmni, sglang, trtllm, openrouter, xai],
]

/** The dialects that Reelay brings along, as their files say them, by name. */
export const builtIn: ReadonlyMap<string, unknown> = new Map(files.map((file) => [file.name, file]))

export const builtInNames: readonly string[] = [...builtIn.keys()]
