# What Godot shows of an imported scene: godot3-server --path PROJECT -s godot.gd SECONDS,... as a line of JSON.
extends SceneTree

func _init():
	var scene = load("res://character.glb").instance()
	get_root().add_child(scene)
	var skeleton = find(scene, "Skeleton")
	var player = find(scene, "AnimationPlayer")
	var clips = []
	for name in player.get_animation_list():
		player.play(name)
		var poses = []
		for second in OS.get_cmdline_args()[-1].split(","):
			player.seek(float(second), true)
			var bones = {}
			for bone in skeleton.get_bone_count():
				var place = (skeleton.global_transform * skeleton.get_bone_global_pose(bone)).origin
				bones[skeleton.get_bone_name(bone)] = [place.x, place.y, place.z]
			poses.append(bones)
		clips.append({"name": name, "length": player.get_animation(name).length, "poses": poses})
	print("told ", to_json(clips))
	quit()

func find(node, kind):
	if node.get_class() == kind:
		return node
	for child in node.get_children():
		var found = find(child, kind)
		if found:
			return found
	return null
