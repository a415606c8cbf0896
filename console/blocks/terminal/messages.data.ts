import { defineMessages, text } from '../../util/messages.ts';

/** Of a terminal that is open. */
export const terminalMessages = defineMessages('terminal', {
  connecting: text('Connecting…', '正在连接…'),
  connected: text('Connected', '已连接'),
  ended: text('The shell has ended', '终端已结束'),
  broken: text('The connection broke', '连接已中断'),
  reconnect: text('Connect again', '重新连接'),
  escape: text('Ctrl+Shift+Escape leaves the terminal by keyboard.', '按 Ctrl+Shift+Escape 可通过键盘离开终端。'),
});

/** Of one that was recorded. */
export const playerMessages = defineMessages('player', {
  player: text('Recording', '录像'),
  screen: text('What was on the screen', '屏幕内容'),
  play: text('Play', '播放'),
  pause: text('Pause', '暂停'),
  again: text('Play again', '重新播放'),
  position: text('Position', '播放位置'),
  at: text('{{now}} of {{whole}}', '{{now}}，共 {{whole}}'),
  speed: text('Speed', '播放速度'),
  times: text('{{speed}}×', '{{speed}} 倍速'),
  skip: text('Skip pauses', '跳过停顿'),
  keys: text(
    'Space plays and pauses, arrows go 5 seconds, digits to a tenth, < and > change the speed.',
    '空格播放或暂停，方向键跳转 5 秒，数字键跳转到相应位置，< 和 > 调整速度。',
  ),
  empty: text('Nothing was shown on this screen.', '此录像没有内容。'),
});
