// What three.js shows of a .glb: node sample.mjs MODULES FILE SECONDS,... NAME,..., as JSON: for each clip its name, length, and
// where the named nodes are at each time; how they are turned; the scale of everything above them; the weights of the targets.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, file, seconds, names] = process.argv.slice(2);
const from = (path) => import(pathToFileURL(`${modules}/three/${path}`).href);
globalThis.self = globalThis;
const THREE = await from("build/three.module.js");
const { GLTFLoader } = await from("examples/jsm/loaders/GLTFLoader.js");

const loader = new GLTFLoader();
loader.register((parser) => {
  parser.loadTexture = async () => new THREE.Texture(); // there are no pictures under node
  return { name: "without pictures" };
});
const data = readFileSync(file);
const gltf = await loader.parseAsync(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength), "");
const found = names.split(",").map((name) => gltf.scene.getObjectByName(THREE.PropertyBinding.sanitizeNodeName(name)));
const clips = gltf.animations.map((clip) => {
  const mixer = new THREE.AnimationMixer(gltf.scene);
  const action = mixer.clipAction(clip);
  action.setLoop(THREE.LoopOnce);
  action.clampWhenFinished = true;
  action.play();
  const poses = seconds.split(",").map((second) => {
    mixer.setTime(Number(second));
    gltf.scene.updateMatrixWorld(true);
    const weights = [];
    gltf.scene.traverse((thing) => thing.morphTargetInfluences && weights.push([...thing.morphTargetInfluences]));
    const matrices = found.map((thing) => thing.matrixWorld.toArray());
    return { matrices, weights: weights[0] ?? [] };
  });
  action.stop();
  return { name: clip.name, duration: clip.duration, poses };
});
gltf.scene.updateMatrixWorld(true);
const box = new THREE.Box3().setFromObject(gltf.scene, true);
console.log(JSON.stringify({ clips, box: [box.min.toArray(), box.max.toArray()] }));
