export { useLogOut } from '../../blocks/people/useLogOut.ts';
