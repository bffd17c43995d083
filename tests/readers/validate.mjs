// What Khronos's validator says of a .glb: node validate.mjs MODULES FILE, as JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, file] = process.argv.slice(2);
const validator = createRequire(`${modules}/`)("gltf-validator");
const report = await validator.validateBytes(new Uint8Array(readFileSync(file)), { maxIssues: 1000 });
console.log(JSON.stringify(report));
