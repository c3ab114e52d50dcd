from herd import create_app

app = create_app()
