import { SquarePlay, SquareTerminal } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const recordings: FeaturePages = {
  name: 'terminal',
  pages: [
    definePage({
      path: '/kubectl',
      scope: 'platform',
      title: text('kubectl', 'kubectl'),
      section: text('Operations', '平台运维'),
      icon: SquareTerminal,
      load: () => import('./KubectlPage.tsx'),
    }),
    definePage({
      path: '/recordings',
      scope: 'platform',
      title: text('Terminal recordings', '终端录像'),
      section: text('Operations', '平台运维'),
      icon: SquarePlay,
      load: () => import('./RecordingsPage.tsx'),
    }),
    definePage({
      path: '/recordings/$recording',
      scope: 'platform',
      title: text('Recording', '录像'),
      titleFrom: 'recording',
      load: () => import('./RecordingPage.tsx'),
    }),
  ],
};
