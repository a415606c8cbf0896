import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import type { AnyRoute } from '@orrery/platform-contract';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody } from '../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { useAction } from '../../data/calls.ts';
import type { Params } from '../../util/paths.ts';

export interface DeletePlaceProps {
  readonly name: string;
  readonly title: string;
  readonly consequence: string;
  readonly route: AnyRoute;
  readonly path: Params;
  readonly disabledReason?: string;
  /** Where one goes on afterwards. */
  readonly next: string;
}

/** The end of the settings of a place: taking it away. */
export function DeletePlace({ name, title, consequence, route, path, disabledReason, next }: DeletePlaceProps) {
  const router = useRouter();
  const remove = useAction(route);
  const [leaving, setLeaving] = useState(false);
  return (
    <Card title={title} description={consequence} danger>
      <CardBody>
        <div>
          <Action
            icon={Trash2}
            variant="danger"
            question={{ route, path }}
            disabledReason={disabledReason}
            onRun={() => setLeaving(true)}
          >
            {title}
          </Action>
        </div>
      </CardBody>
      <ConfirmDelete
        name={leaving ? name : undefined}
        consequence={consequence}
        close={() => setLeaving(false)}
        onDelete={() => remove.run({ path } as never)}
        onDone={() => router.history.push(next)}
      />
    </Card>
  );
}
