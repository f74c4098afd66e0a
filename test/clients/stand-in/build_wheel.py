"""Packs the stand-in for OpenTelemetry's package of names as a wheel: build_wheel.py VERSION FOLDER.

Only the standard library is used, so that it works where the registry has neither the package nor a build tool.
"""

import pathlib
import sys
import zipfile

version, folder = sys.argv[1], pathlib.Path(sys.argv[2])
name = "opentelemetry_semantic_conventions"
source = pathlib.Path(__file__).parent / "semconv.py"
dist_info = f"{name}-{version}.dist-info"
files = {
    # `opentelemetry` itself is a namespace that several distributions share: it has no file of its own.
    "opentelemetry/semconv/__init__.py": source.read_text(),
    f"{dist_info}/METADATA": f"Metadata-Version: 2.1\nName: opentelemetry-semantic-conventions\nVersion: {version}\n",
    f"{dist_info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tripline\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
files[f"{dist_info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{dist_info}/RECORD"])

folder.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
