"""Materials: one for each group of faces, with the body's texture where it has one."""
def add_materials(figure, body):
    pass
