import { defineMessages, text } from '../../../util/messages.ts';

export const fileMessages = defineMessages('files', {
  mayNot: text('You may not reach the files here', '您无权访问此处的文件'),
  notRunning: text('The container does not run', '容器未运行'),
  notRunningText: text('Files are reached in a container that runs.', '只有运行中的容器才能访问文件。'),
  download: text('Out of the container', '从容器下载'),
  downloadText: text(
    'Archives need tar in the container; links and devices are left out.',
    '下载归档需要容器内有 tar 命令，链接和设备文件会被忽略。',
  ),
  path: text('Path', '路径'),
  pathText: text('Of a file or a folder, from the root on.', '文件或文件夹的绝对路径。'),
  fromRoot: text('A path begins with /.', '路径必须以 / 开头。'),
  asFile: text('As a file', '下载文件'),
  asArchive: text('As an archive', '下载为归档'),
  downloaded: text('{{name}} is here', '{{name}} 已下载'),
  upload: text('Into the container', '上传到容器'),
  uploadText: text(
    'What has the same name there is written over. It is gone when the container is made anew.',
    '同名文件会被覆盖。容器重建后上传的文件会丢失。',
  ),
  files: text('Files to upload', '要上传的文件'),
  folder: text('Folder', '文件夹'),
  folderText: text('It must be there.', '文件夹必须已存在。'),
  chooseFirst: text('Choose a file first.', '请先选择文件。'),
  send: text('Upload', '上传'),
  progress: text('How much is there', '上传进度'),
  uploaded_one: text('One file is in {{folder}}', '1 个文件已上传到 {{folder}}'),
  uploaded_other: text('{{count}} files are in {{folder}}', '{{count}} 个文件已上传到 {{folder}}'),
});
