/**
 * A document for a library that makes style elements without nonce and sets style attributes, which our content security policy refuses:
 * elements that it makes get the nonce, and their `style` is set by the object model.
 */
export function documentWithNonce(document: Document, nonce: string): Document {
  const make = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = document.createElement(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    const setAttribute = element.setAttribute.bind(element);
    element.setAttribute = (key, value) => {
      if (key === 'style') element.style.cssText = value;
      else setAttribute(key, value);
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
