"""Ralph, run by its own Python: keeps statements in files, and appends to them.

As it comes, its file store takes one request and answers 500 to all that follow, because it writes with "create".
"""

import importlib
import sys

if __name__ == "__main__":
    operations = importlib.import_module("ralph.backends.data.base").BaseOperationType
    importlib.import_module("ralph.backends.data.fs").FSDataBackend.default_operation_type = operations.APPEND
    uvicorn = importlib.import_module("uvicorn")
    uvicorn.run("ralph.api:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
