/** What people do in the console, by roles and labels as screen readers have them. */
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { BrowserUnderTest } from './browser.ts';
import { eventually } from './cluster.ts';

export type Step = (name: string, run: () => Promise<void>) => void;

/** Steps of a journey. The first that fails leaves pictures behind; those after it would fail for no reason of their own. */
export function createSteps(browser: () => BrowserUnderTest): Step {
  let broken: string | undefined;
  return (name, run) =>
    void test(name, async context => {
      if (broken !== undefined) return context.skip(`"${broken}" failed`);
      try {
        await run();
      } catch (error) {
        broken = name;
        throw new Error(`${(error as Error).message}\npictures and logs: ${await browser().keepEvidence()}`, {
          cause: error,
        });
      }
    });
}

export const headingOn = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });

export async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User name or e-mail').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function choosePassword(page: Page, current: string, next: string): Promise<void> {
  await page.getByLabel('Current password').fill(current);
  await page.getByLabel('New password', { exact: true }).fill(next);
  await page.getByLabel('New password once more').fill(next);
  await page.getByRole('button', { name: 'Set password' }).click();
}

/** Makes an account, and returns when its row is there. */
export async function createUser(page: Page, name: string, password: string, role?: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Create user' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create user' });
  await dialog.getByLabel('User name').fill(name);
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  if (role) await dialog.getByRole('radio', { name: role }).check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: new RegExp(`^${name}`) }).waitFor();
}

/** On a page of members; returns when the row is there. Who may not see all accounts types the name. */
export async function invite(page: Page, name: string, role: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Invite member' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Invite member' });
  await dialog.getByLabel('User', { exact: true }).fill(name);
  await page.keyboard.press('Tab');
  await dialog.getByRole('radio', { name: role }).check();
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: new RegExp(name) }).waitFor();
}

const isFocused = (locator: Locator): Promise<boolean> =>
  locator.evaluate(element => element === element.ownerDocument.activeElement);

/** Goes on with the Tab key until `target` has the focus. */
export async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  // A long page has its navigation first.
  for (let presses = 0; presses < 80; presses++) {
    if (await isFocused(target)) return;
    await target.page().keyboard.press('Tab');
  }
  throw new Error(`Tab never comes to ${target}`);
}

/** Writes over what stands in the editor that has the focus. */
export async function write(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** Off, in reach of the keyboard, and with a reason. */
export async function refused(button: Locator, reason: RegExp): Promise<void> {
  await button.and(button.page().locator('[aria-disabled=true]')).waitFor();
  await eventually('the reason is told', async () => {
    const told = await button.evaluate(element => {
      const id = element.closest('[aria-describedby]')?.getAttribute('aria-describedby');
      return id ? element.ownerDocument.getElementById(id)?.textContent : undefined;
    });
    return reason.test(String(told));
  });
}
