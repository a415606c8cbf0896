import { useState } from 'react';
import { Button } from '@mantine/core';
import { registries as routes } from '@orrery/platform-contract/features';
import { Facts, Titled } from '../../../blocks/card/Card.tsx';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useCall } from '../../../data/calls.ts';
import { useMessages } from '../../../ui/locale.ts';
import { imageConfigOf } from './credentials.ts';
import { credentialMessages } from './messages.data.ts';

interface ImageTagsProps {
  readonly namespace: string;
  readonly secret: string;
  /** With its registry. */
  readonly repository: string;
}

const tagsMax = 50;
const freshMs = 30_000;

/** The tags of a repository, and what an image of it says of itself. */
export function ImageTags({ namespace, secret, repository }: ImageTagsProps) {
  const t = useMessages(credentialMessages);
  const [tag, setTag] = useState<string>();
  const query = { repository, secret, limit: tagsMax };
  const { data, error, again } = useCall(routes.tags, { path: { namespace }, query, freshMs });
  if (error) return <Problem error={error} again={again} />;
  if (!data) return null;
  return (
    <>
      <Titled title={t('tags', { count: data.total })}>
        <PlainTable
          label={repository}
          head={[t('tag')]}
          empty={t('noTags')}
          rows={data.tags.map(each => [
            <Button key={each} variant="subtle" size="compact-sm" onClick={() => setTag(each)}>
              {each}
            </Button>,
          ])}
        />
      </Titled>
      {tag && <Config key={tag} namespace={namespace} secret={secret} image={`${repository}:${tag}`} />}
    </>
  );
}

function Config({ namespace, secret, image }: Omit<ImageTagsProps, 'repository'> & { readonly image: string }) {
  const t = useMessages(credentialMessages);
  const { data, error, again } = useCall(routes.imageConfig, {
    path: { namespace },
    query: { image, secret },
    freshMs,
  });
  if (error) return <Problem error={error} again={again} />;
  if (!data) return null;
  const { ports, user, workingDir, entrypoint, command, environment, platform } = imageConfigOf(data);
  const code = (value: string | undefined) => (value ? <code>{value}</code> : '–');
  return (
    <Titled title={t('configOf', { image })}>
      <Facts
        rows={[
          [t('platform'), platform ?? '–'],
          [t('ports'), ports.join(', ') || '–'],
          [t('runsAs'), user ?? 'root'],
          [t('folder'), code(workingDir)],
          [t('entrypoint'), code(entrypoint)],
          [t('command'), code(command)],
          [t('environment'), code(environment.join('\n'))],
        ]}
      />
    </Titled>
  );
}
