import { defineMessages, text } from '../../util/messages.ts';

export const extensionsSection = text('Extensions', '扩展组件');

export const extensionMessages = defineMessages('extensionHost', {
  crashed: text('The extension {{extension}} has a mistake in it', '扩展组件 {{extension}} 出现错误'),
  notLoaded: text('The extension {{extension}} is not all there', '扩展组件 {{extension}} 未能完整加载'),
  newWindow: text('opens a new window', '在新窗口中打开'),
});
