/** `orrery image`: the images of this node's runtime. */
import { existsSync } from 'node:fs';
import { openImages } from '@orrery/embedded/images';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { CliError } from '../error.ts';
import { outputFormat, print, table } from '../output.ts';
import { layoutFor } from '../run/instance.ts';

type Images = NonNullable<Awaited<ReturnType<typeof openImages>>>;

async function withImages<T>(options: { dataDir?: string }, work: (images: Images) => Promise<T>): Promise<T> {
  const layout = layoutFor(options);
  const opened = await openImages({ layout, clock: systemClock, random: systemRandom, log: silentLog });
  if (!opened)
    throw new CliError(
      `no container runtime runs for ${layout.root}: start it with "orrery up", or put archives into ${layout.images}`,
    );
  try {
    return await work(opened);
  } finally {
    opened.images.close();
    await opened.runtime.close();
  }
}

export async function importImages(
  archives: readonly string[],
  options: { dataDir?: string; output?: string },
): Promise<void> {
  const format = outputFormat(options.output);
  const missing = archives.find(archive => !existsSync(archive));
  if (missing !== undefined) throw new CliError(`${missing} does not exist`);
  const imported = await withImages(options, async ({ images }) => {
    const all = [];
    for (const archive of archives) {
      try {
        all.push(...(await images.importArchive(archive)));
      } catch (error) {
        throw new CliError(`${archive} could not be imported: ${(error as Error).message}`);
      }
    }
    return all;
  });
  await print(format, imported, () => imported.map(({ id, names }) => `imported ${names.join(', ') || id}\n`).join(''));
}

export async function listImages(options: { dataDir?: string; output?: string }): Promise<void> {
  const format = outputFormat(options.output);
  const images = await withImages(options, ({ runtime }) => runtime.listImages());
  const rows = images.flatMap(image =>
    (image.repoTags.length > 0 ? image.repoTags : ['<none>']).map(name => ({ name, ...image })),
  );
  await print(format, images, () =>
    table(
      [
        { title: 'IMAGE', of: row => row.name },
        { title: 'SIZE', of: row => `${(row.size / 1e6).toFixed(1)} MB` },
        { title: 'ID', of: row => row.id.replace('sha256:', '').slice(0, 12) },
        { title: 'DIGEST', of: row => row.repoDigests[0] ?? '', wide: true },
      ],
      rows,
      format,
    ),
  );
}

export async function removeImages(names: readonly string[], options: { dataDir?: string }): Promise<void> {
  await withImages(options, async ({ runtime }) => {
    for (const name of names) {
      if (!(await runtime.imageStatus(name)))
        throw new CliError(`there is no image "${name}": "orrery image list" shows all`);
      await runtime.removeImage(name);
      process.stdout.write(`removed ${name}\n`);
    }
  });
}
