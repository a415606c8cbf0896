import { Button } from '@mantine/core';
import { Download } from 'lucide-react';
import { fillPath } from '@orrery/platform-contract';
import { kubeconfig } from '@orrery/platform-contract/features';
import { Card, CardBody } from '../../blocks/card/Card.tsx';
import { useOffer } from '../../data/session.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';

/** One's own kubeconfig, as a file; not there where the feature is off. */
export function KubeconfigCard({ user }: { readonly user: string }) {
  const t = useMessages(messages);
  const offer = useOffer();
  if (!offer.data?.features.has(kubeconfig.get.feature)) return null;
  return (
    <Card title={t('kubeconfig')} description={t('kubeconfigText')}>
      <CardBody>
        <div>
          <Button
            component="a"
            href={fillPath(kubeconfig.get.paths[0]!, { user })}
            download={`kubeconfig-${user}.yaml`}
            variant="default"
            size="sm"
            leftSection={<Download size={15} />}
          >
            {t('download')}
          </Button>
        </div>
      </CardBody>
    </Card>
  );
}
