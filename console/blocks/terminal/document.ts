/**
 * A document for a library that makes style elements without nonce and sets style attributes, which our content security policy refuses:
 * elements that it makes get the nonce, and their `style` is set by the object model.
 */
export function documentWithNonce(document: Document, nonce: string): Document {
  const allow = (node: Node) => {
    if (node instanceof HTMLStyleElement) node.nonce = nonce;
  };
  const make = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = document.createElement(name, options);
    allow(element);
    const { setAttribute, appendChild } = element;
    element.setAttribute = (key, value) => {
      if (key === 'style') element.style.cssText = value;
      else setAttribute.call(element, key, value);
    };
    // One of its parts asks the page's own document for a style element, and puts it into an element of ours.
    element.appendChild = <T extends Node>(node: T): T => {
      allow(node);
      return appendChild.call(element, node) as T;
    };
    return element;
  };
  return new Proxy(document, {
    get(target, key) {
      if (key === 'createElement') return make;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });
}
