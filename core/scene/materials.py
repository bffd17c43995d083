"""Materials: one for each group of faces, with the body's texture where it has one."""

from pathlib import Path

import bpy
import numpy as np

from ...models.body.appearance import Material, appearance_of
from ...models.body.load import Body


def add_materials(figure: bpy.types.Object, body: Body) -> None:
    """Give `figure`, whose polygons are the body's faces in order, the body's materials; the texture is packed into the file."""
    appearance = appearance_of(body)
    image = None if appearance.texture is None or not appearance.texture.exists() else _packed(appearance.texture)
    mesh = figure.data
    for material in appearance.materials:
        mesh.materials.append(_material(material, image))
    if body.face_group is not None and len(appearance.materials) > 1:
        mesh.polygons.foreach_set("material_index", body.face_group.astype(np.int32))
        mesh.update()


def _packed(texture: Path) -> bpy.types.Image:
    """The picture, packed into the .blend; the one that an earlier character brought, if nobody painted on it."""
    for known in bpy.data.images:
        if known.name.startswith(texture.stem) and known.packed_file and known.packed_file.size == texture.stat().st_size:
            return known
    image = bpy.data.images.load(str(texture))
    image.pack()
    # The packed picture is all that is needed; where it lay on this machine is nobody's business.
    image.filepath = f"//{texture.name}"
    return image


def _material(wanted: Material, image: bpy.types.Image | None) -> bpy.types.Material:
    """A new material; two characters do not share one, so that recolouring one leaves the other alone."""
    material = bpy.data.materials.new(wanted.name)
    material.use_nodes = True
    material.diffuse_color = (*wanted.colour, 1.0)
    material.roughness = wanted.roughness
    material.use_backface_culling = not wanted.two_sided
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*wanted.colour, 1.0)
    shader.inputs["Roughness"].default_value = wanted.roughness
    if image is not None:
        texture = nodes.new("ShaderNodeTexImage")
        texture.image = image
        texture.location = (shader.location[0] - 320, shader.location[1])
        links.new(texture.outputs["Color"], shader.inputs["Base Color"])
        nodes.active = texture  # Workbench's texture colour shows the active picture
    return material
