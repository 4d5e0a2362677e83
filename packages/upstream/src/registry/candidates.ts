import type { Credential, Registry, Upstream } from './registry.ts'

type Wanted = {
  /** Our name of a model. */
  model?: string | undefined
  /** The name of the only upstream that will do. */
  upstream?: string | undefined
}

/** The active credentials that a first video may be made with, in the order of the file. */
export function candidatesFor<D>(registry: Registry<D>, { model, upstream }: Wanted): Credential[] {
  return registry.upstreams
    .filter(({ name }) => upstream === undefined || name === upstream)
    .filter((candidate) => servesModel(candidate, model))
    .flatMap(({ credentials }) => credentials.filter(({ state }) => state === 'active'))
}

/** An upstream without `models` serves every model, and each serves a request that names none. */
export function servesModel(
  { models }: Pick<Upstream<unknown>, 'models'>,
  model: string | undefined,
): boolean {
  return model === undefined || models === undefined || models.has(model)
}

/**
 * An upstream's own name for a model, or of its first when none is asked for; undefined leaves the choice to it.
 * Throws for a model that it doesn't serve: another one in its place would be paid for.
 */
export function modelFor(
  { name, models }: Pick<Upstream<unknown>, 'name' | 'models'>,
  model: string | undefined,
): string | undefined {
  if (!models) return model
  const theirs = model === undefined ? models.values().next().value : models.get(model)
  if (theirs === undefined)
    throw new Error(`upstream ${name} doesn’t serve this model: ask servesModel first`)
  return theirs
}
