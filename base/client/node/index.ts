export { connect, type ConnectOptions, type SocketTransport } from './connect.ts';
export {
  fileCredentials,
  fixedCredentials,
  tokenFileCredentials,
  type Credential,
  type Credentials,
} from './credentials.ts';
export {
  inClusterConfig,
  loadKubeconfig,
  parseKubeconfig,
  type Access,
  type InClusterOptions,
  type KubeconfigOptions,
} from './kubeconfig.ts';
