// Reports each error response whose body differs from that of the first error response.
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

function* errorResponses(paths) {
  for (const [path, item] of Object.entries(paths ?? {})) {
    for (const method of METHODS) {
      for (const [status, response] of Object.entries(item[method]?.responses ?? {})) {
        if (/^([45]|default$)/.test(status)) yield [[path, method, 'responses', status], response];
      }
    }
  }
}

const bodyOf = (response) =>
  JSON.stringify(Object.entries(response?.content ?? {}).map(([type, { schema }]) => [type, schema]));

export default function errorsShareOneSchema(paths, _options, { path }) {
  const bodies = [...errorResponses(paths)].map(([where, response]) => [where, bodyOf(response)]);
  return bodies
    .filter(([, body]) => body !== bodies[0][1])
    .map(([where]) => ({
      message: `The body differs from that of ${bodies[0][0].slice(0, 2).reverse().join(' ')} `
        + bodies[0][0].at(-1),
      path: [...path, ...where],
    }));
}
