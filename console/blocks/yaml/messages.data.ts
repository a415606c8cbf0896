import { defineMessages, text } from '../../util/messages.ts';

export const yamlMessages = defineMessages('yaml', {
  empty: text('There is nothing to send yet.', '尚无可提交的内容。'),
  line: text('Line {{line}}:', '第 {{line}} 行：'),
  good_one: text('The cluster would take this.', '集群校验通过。'),
  good_other: text('The cluster would take all {{count}} objects.', '集群校验通过，共 {{count}} 个对象。'),
});
