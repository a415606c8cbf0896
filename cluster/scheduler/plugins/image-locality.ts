import type { Plugin } from '../framework.ts';

const mebibyte = 1024 * 1024;
const smallest = 23 * mebibyte;
const largestPerContainer = 1000 * mebibyte;

/** Prefers nodes that have the pod's images, weighed by size and by how many nodes have them. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  wakes: [],
  weight: 1,
  score(pod, { nodes: all }, nodes) {
    const wanted = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(container =>
      normalized(container.image ?? ''),
    );
    const sizes = new Map(all.map(({ name, node }) => [name, imageSizes(node.status?.images ?? [])]));
    const holders = (image: string) => [...sizes.values()].filter(images => images.has(image)).length;
    const spread = new Map(wanted.map(image => [image, holders(image) / all.length]));
    const largest = largestPerContainer * wanted.length;
    return nodes.map(({ name }) => {
      const bytes = wanted.reduce((sum, image) => sum + (sizes.get(name)!.get(image) ?? 0) * spread.get(image)!, 0);
      return Math.floor((100 * (Math.min(largest, Math.max(smallest, bytes)) - smallest)) / (largest - smallest));
    });
  },
};

/** A name without tag or digest means `latest`. */
const normalized = (image: string): string =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;

const imageSizes = (images: readonly { names?: string[]; sizeBytes?: number }[]): ReadonlyMap<string, number> =>
  new Map(images.flatMap(({ names = [], sizeBytes = 0 }) => names.map(name => [name, sizeBytes] as const)));
