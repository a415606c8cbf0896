/** The environment that Kubernetes v1.34 gives to every expression, (apiserver `cel/environment`). */
import { Environment } from './environment.ts';
import { amounts } from './library/amounts.ts';
import { authorizer } from './library/authorizer.ts';
import { encoders } from './library/encoders.ts';
import { formats } from './library/formats.ts';
import { lists } from './library/lists.ts';
import { network } from './library/network.ts';
import { optionals } from './library/optionals.ts';
import { standard } from './library/standard.ts';
import { strings } from './library/strings.ts';
import { times } from './library/times.ts';
import { libraryTypes } from './signature.ts';
import * as types from './types.ts';

const typeValues = [
  types.boolType,
  types.intType,
  types.uintType,
  types.doubleType,
  types.stringType,
  types.bytesType,
  types.listType(types.dynType),
  types.mapType(types.dynType, types.dynType),
  { ...types.nullType, name: 'null_type' },
  types.typeType(),
  types.dynType,
  types.optionalType(types.dynType),
  { ...types.timestampType, name: 'google.protobuf.Timestamp' },
  { ...types.durationType, name: 'google.protobuf.Duration' },
  ...Object.values(libraryTypes),
];

let base: Environment | undefined;

/** Made when first asked for: starting must not read all signatures. */
export function kubernetesEnvironment(): Environment {
  const libraries = [standard, times, optionals, strings, lists, formats, network, amounts, authorizer, encoders];
  return (base ??= new Environment({ libraries, types: typeValues }));
}
