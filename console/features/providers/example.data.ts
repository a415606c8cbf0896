/** A provider as an administrator writes it down; docs/log-in.md tells the options of each type. */
export const example = `apiVersion: v1
kind: Secret
metadata:
  name: idp-corp
  namespace: kubesphere-system
  labels: { config.kubesphere.io/type: identityprovider }
type: config.kubesphere.io/identityprovider
stringData:
  configuration.yaml: |
    name: corp
    displayName: Corporate directory
    type: LDAPIdentityProvider
    mappingMethod: auto
    provider:
      host: ldaps://ldap.example.com:636
      managerDN: cn=reader,dc=example,dc=com
      managerPassword: "..."
      userSearchBase: ou=people,dc=example,dc=com
      loginAttribute: uid
      mailAttribute: mail
`;
