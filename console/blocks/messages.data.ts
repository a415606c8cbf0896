import { defineMessages, text } from '../util/messages.ts';

export const tableMessages = defineMessages('table', {
  search: text('Search by name', '按名称搜索'),
  searchKey: text('Press / to search', '按 / 搜索'),
  range: text('{{from}}–{{to}} of {{total}}', '第 {{from}}–{{to}} 项，共 {{total}} 项'),
  pageSize: text('Rows per page', '每页行数'),
  previous: text('Previous page', '上一页'),
  next: text('Next page', '下一页'),
  noMatch: text('Nothing is called “{{text}}”', '没有名称包含“{{text}}”的对象'),
  noMatchHint: text(
    'Part of a name is enough. Upper and lower case are the same.',
    '输入名称的一部分即可，不区分大小写。',
  ),
  clear: text('Clear search', '清除搜索'),
  pastEnd: text('This page is past the end', '此页已超出列表末尾'),
  first: text('Go to the first page', '回到第一页'),
  sort: text('Sort by {{column}}', '按{{column}}排序'),
});
