// Converts an OpenAPI 3.1 document to 3.0: node convert.mjs INPUT OUTPUT

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Converter } from "@apiture/openapi-down-convert";
import yaml from "js-yaml";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

const [input, output] = process.argv.slice(2);
const document = new Converter(yaml.load(readFileSync(input, "utf8"))).convert();

// Generators such as progenitor count `default` as a success, and support only one type of success.
for (const path of Object.values(document.paths)) {
  for (const method of METHODS.filter((name) => name in path)) {
    const { default: error, ...responses } = path[method].responses;
    path[method].responses = error ? { ...responses, "4XX": error, "5XX": error } : responses;
  }
}

mergeNulls(document.components.schemas);

mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, yaml.dump(document, { noRefs: true }));

// OpenAPI 3.0 has no type `null`: one of the other types of the union becomes nullable instead.
function mergeNulls(node) {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node.oneOf) && node.oneOf.some(isNull)) {
    node.oneOf = node.oneOf.filter((type) => !isNull(type));
    node.oneOf.find((type) => "type" in type).nullable = true;
  }
  Object.values(node).forEach(mergeNulls);
}

function isNull(schema) {
  return schema.type === "null";
}
