/** What extensions are sorted by: KubeSphere's names. */
export const categories: readonly { readonly name: string; readonly en: string; readonly zh: string }[] = [
  { name: 'ai-machine-learning', en: 'AI and machine learning', zh: '人工智能与机器学习' },
  { name: 'database', en: 'Databases', zh: '数据库' },
  { name: 'integration-delivery', en: 'Integration and delivery', zh: '集成与交付' },
  { name: 'observability', en: 'Observability', zh: '可观测性' },
  { name: 'networking', en: 'Networking', zh: '网络' },
  { name: 'security', en: 'Security', zh: '安全' },
  { name: 'storage', en: 'Storage', zh: '存储' },
  { name: 'streaming-messaging', en: 'Streaming and messaging', zh: '流处理与消息' },
  { name: 'dev-tools', en: 'Developer tools', zh: '开发工具' },
  { name: 'computing', en: 'Computing', zh: '计算' },
];
