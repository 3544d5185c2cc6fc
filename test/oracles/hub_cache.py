"""Shows that Python's huggingface_hub and tatabox share one cache, one login and one Hub.

What one of them pulled, the other finds offline, file by file and byte by byte; both at once leave
the cache whole; both choose the same cache folder and the same token from the environment. The Hub
is the loopback server of the tests, so that nothing outside this machine is asked.

Run it from the root of the repository, after `npm run build`:

    python3 -m venv /tmp/hub-oracle
    /tmp/hub-oracle/bin/pip install huggingface_hub
    /tmp/hub-oracle/bin/python test/oracles/hub_cache.py

It prints a line for each thing that it shows and ends with exit code 1 where one does not hold.
"""

import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "kernel-lib" / "dist" / "cli.cjs"
REPO = "tester/shared-cache"
failures = 0


def show(what: str, holds: bool, details: str = "") -> None:
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {what}{': ' + details if details else ''}")


def clean_environment(more: dict[str, str]) -> dict[str, str]:
    """The environment without what another login or cache of this machine would add."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "HUGGING", "XDG_", "TRANSFORMERS_"))
    }
    return {**kept, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", **more}


def tatabox(args: list[str], env: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["node", str(CLI), *args], env=clean_environment(env), capture_output=True, text=True
    )


def tatabox_json(args: list[str], env: dict[str, str]) -> dict:
    ending = tatabox([*args, "--json", "--quiet"], env)
    if ending.returncode != 0:
        raise SystemExit(f"tatabox {' '.join(args)}: {ending.stderr}")
    return json.loads(ending.stdout.strip().splitlines()[-1])


def python_json(code: str, env: dict[str, str]) -> object:
    """Runs code in a fresh Python, since huggingface_hub reads the environment at its import."""
    ending = subprocess.run(
        [sys.executable, "-c", "import json, os\n" + code],
        env=clean_environment(env),
        capture_output=True,
        text=True,
    )
    if ending.returncode != 0:
        raise SystemExit(f"Python failed: {ending.stderr}")
    return json.loads(ending.stdout.strip().splitlines()[-1])


def hashes(folder: str) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(Path(folder).rglob("*"))
        if file.is_file()
    }


def write_model(folder: Path) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [250000], "data_offsets": [0, 1000000]}})
    header = header.ljust(96)
    files = {
        "config.json": b'{"model_type": "xpresso"}\n',
        "README.md": b"---\nlicense: mit\n---\n# A model\n",
        "model.safetensors": struct.pack("<Q", 96) + header.encode() + os.urandom(1_000_000),
        "example/input.json": b'{"sequences": ["ACGT"]}',
        "empty.txt": b"",
        "empty.bin": b"",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def check_exchange(hub: dict[str, str], work: Path) -> None:
    model = work / "model"
    write_model(model)
    pushed = tatabox_json(["push", str(model), REPO], {**hub, "HF_HOME": str(work / "push")})
    expected = hashes(str(model))

    # What we pulled, Python finds offline.
    ours = {**hub, "HF_HOME": str(work / "ours")}
    pulled = tatabox_json(["pull", REPO, "--no-verify"], ours)
    code = f"""
from huggingface_hub import get_cached_repo_tree, hf_hub_download, scan_cache_dir, snapshot_download
from huggingface_hub import try_to_load_from_cache
folder = snapshot_download("{REPO}")
names = [f.path for f in get_cached_repo_tree("{REPO}")]
single = [hf_hub_download("{REPO}", name) for name in names]
loaded = [try_to_load_from_cache("{REPO}", name) for name in names]
cache = scan_cache_dir()
print(json.dumps(dict(folder=folder, names=names, single=single, loaded=loaded,
    warnings=[str(w) for w in cache.warnings], repos=[r.repo_id for r in cache.repos],
    refs=[sorted(v.refs) for r in cache.repos for v in r.revisions])))
"""
    away = {**ours, "HF_ENDPOINT": "http://127.0.0.1:1", "HF_HUB_OFFLINE": "1"}
    found = python_json(code, away)
    show("Python finds offline the snapshot that tatabox pulled", found["folder"] == pulled["folder"])
    got = {name: digest for name, digest in hashes(found["folder"]).items() if name[0] != "."}
    show("its files are those that were pushed, byte by byte", got == expected, f"{len(got)} files")
    whole = all(Path(file).is_file() for file in [*found["single"], *found["loaded"]])
    show("each file is found by its name, too (hf_hub_download, try_to_load_from_cache)", whole)
    show("Python reads our list of files", set(expected) <= set(found["names"]))
    show(
        "Python's scan of the cache has no warning and knows repository and branch",
        found["warnings"] == [] and found["repos"] == [REPO] and found["refs"] == [["main"]],
        str(found["warnings"]),
    )

    # What Python pulled, we find offline.
    theirs = {**hub, "HF_HOME": str(work / "theirs")}
    code = f"""
from huggingface_hub import snapshot_download
print(json.dumps(snapshot_download("{REPO}")))
"""
    folder = python_json(code, theirs)
    away = {**theirs, "HF_ENDPOINT": "http://127.0.0.1:1"}
    pulled = tatabox_json(["pull", REPO, "--offline", "--no-verify"], away)
    show("tatabox finds offline the snapshot that Python pulled", pulled["folder"] == folder)
    show("it has checked all of its files", len(pulled["files"]) == len(expected) + 1)
    show("it is the commit that was pushed", pulled["revision"] == pushed["commit"])
    again = tatabox_json(["pull", REPO, "--no-verify"], theirs)
    show("online it downloads none of them again", all(file["fromCache"] for file in again["files"]))

    # Single files, without a list of all, and a file that does not exist (.no_exist).
    single = {**hub, "HF_HOME": str(work / "single")}
    code = f"""
from huggingface_hub import hf_hub_download
from huggingface_hub.utils import EntryNotFoundError
file = hf_hub_download("{REPO}", "config.json")
try:
    hf_hub_download("{REPO}", "added_tokens.json")
except EntryNotFoundError:
    pass
print(json.dumps(file))
"""
    file = python_json(code, single)
    store = Path(file).parents[2]
    show(
        "Python notes that a file does not exist",
        (store / ".no_exist" / pushed["commit"] / "added_tokens.json").exists(),
    )
    away = {**single, "HF_ENDPOINT": "http://127.0.0.1:1"}
    part = tatabox_json(["pull", REPO, "--offline", "--no-verify"], away)
    show(
        "of single files tatabox says that the snapshot may not be whole",
        [f["path"] for f in part["files"]] == ["config.json"] and part["complete"] is False,
    )
    whole = tatabox_json(["pull", REPO, "--no-verify"], single)
    show("and online it adds the others", whole["complete"] and len(whole["files"]) == len(expected) + 1)
    show("what Python noted stays", (store / ".no_exist").is_dir())

    # Both at once, in one cache.
    both = {**hub, "HF_HOME": str(work / "both")}
    code = f'from huggingface_hub import snapshot_download; print(snapshot_download("{REPO}"))'
    commands = [
        ["node", str(CLI), "pull", REPO, "--no-verify", "--json", "--quiet"],
        [sys.executable, "-c", code],
    ]
    running = [
        subprocess.Popen(commands[i % 2], env=clean_environment(both), stdout=subprocess.PIPE)
        for i in range(6)
    ]
    codes = [process.wait() for process in running]
    blobs = Path(work / "both" / "hub" / "models--tester--shared-cache" / "blobs")
    left = [file.name for file in blobs.iterdir() if "incomplete" in file.name]
    pulled = tatabox_json(["pull", REPO, "--offline", "--no-verify"], both)
    got = {name: digest for name, digest in hashes(pulled["folder"]).items() if name[0] != "."}
    show("three of each at once all end well", codes == [0] * 6, str(codes))
    show("and leave a whole snapshot and nothing unfinished", got == expected and left == [])

    # What a process of Python that died leaves: a lock file without a holder, and a partial file.
    left = {**hub, "HF_HOME": str(work / "left")}
    pulled_hash = next(f["sha256"] for f in pulled["files"] if f["path"] == "model.safetensors")
    store = work / "left" / "hub"
    (store / ".locks" / "models--tester--shared-cache").mkdir(parents=True)
    (store / ".locks" / "models--tester--shared-cache" / f"{pulled_hash}.lock").touch()
    (store / "models--tester--shared-cache" / "blobs").mkdir(parents=True)
    partial = store / "models--tester--shared-cache" / "blobs" / f"{pulled_hash}.0badc0de.incomplete"
    partial.write_bytes(b"part")
    pulled = tatabox_json(["pull", REPO, "--no-verify"], left)
    got = {name: digest for name, digest in hashes(pulled["folder"]).items() if name[0] != "."}
    show("the lock of a dead process stops nobody", got == expected)


def check_settings(hub: dict[str, str], work: Path) -> None:
    home = work / "home"
    values = {"file": "hf_ofTheFile", "path": "hf_ofThePath"}
    for name, text in {
        ".cache/huggingface/token": values["file"],
        "moved/token": values["file"],
        "own-token": values["path"],
        ".cache/huggingface/stored_tokens": "[other]\nhf_token = hf_ofTheStore\n",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text + "\n")
    empty = work / "empty-home"
    (empty / ".cache/huggingface").mkdir(parents=True)
    (empty / ".cache/huggingface/stored_tokens").write_text("[other]\nhf_token = hf_ofTheStore\n")
    cases = [
        {},
        {"HF_HOME": "~/moved"},
        {"HF_HOME": "$HOME/moved"},
        {"XDG_CACHE_HOME": str(home / "xdg")},
        {"HF_HOME": "~/moved", "HF_HUB_CACHE": "~/elsewhere/$USER_PART", "USER_PART": "x"},
        {"HF_HOME": "~/moved", "HUGGINGFACE_HUB_CACHE": str(home / "old")},
        {"HUGGINGFACE_HUB_CACHE": str(home / "old"), "HF_HUB_CACHE": str(home / "new")},
        {"HF_TOKEN": "hf_ofTheVariable"},
        {"HF_TOKEN": " hf_ofTheVariable\n", "HUGGING_FACE_HUB_TOKEN": "hf_ofTheOldVariable"},
        {"HUGGING_FACE_HUB_TOKEN": "hf_ofTheOldVariable"},
        {"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "hf_ofTheOldVariable"},
        {"HF_TOKEN_PATH": "~/own-token"},
        {"HF_TOKEN_PATH": "~/own-token", "HF_TOKEN": "hf_ofTheVariable"},
        {"HF_TOKEN_PATH": "~/no-such-file"},
        {"HOME": str(empty)},
    ]
    code = """
from huggingface_hub import constants, get_token
print(json.dumps(dict(cache=constants.HF_HUB_CACHE, token=get_token(), offline=constants.HF_HUB_OFFLINE)))
"""
    model = str(work / "model")
    for case in cases:
        env = {"HOME": str(home), **case}
        theirs = python_json(code, env)
        missing = tatabox(["pull", "no/such", "--offline", "--quiet"], env).stderr
        same_cache = f"from the cache in {theirs['cache']}:" in missing
        push = tatabox(["push", model, REPO, "--quiet"], {**env, "HF_ENDPOINT": hub["HF_ENDPOINT"]})
        source = {
            "hf_ofTheVariable": "read from HF_TOKEN.",
            "hf_ofTheOldVariable": "read from HUGGING_FACE_HUB_TOKEN.",
            "hf_ofTheFile": "/token.",
            "hf_ofThePath": "/own-token.",
            None: "no access token in HF_TOKEN",
        }[theirs["token"]]
        show(
            f"the same cache and token from {json.dumps(case)}".replace(str(home), "~"),
            same_cache and source in push.stderr,
            "" if same_cache and source in push.stderr else f"{theirs} {missing} {push.stderr}",
        )
    for case in [{"HF_HUB_OFFLINE": "1"}, {"TRANSFORMERS_OFFLINE": "yes"}, {"HF_HUB_OFFLINE": "0"}, {}]:
        env = {"HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:1", **case}
        theirs = python_json(code, env)
        ours = "from the cache" in tatabox(["pull", "no/such", "--quiet"], env).stderr
        show(f"offline by {json.dumps(case)}", ours == theirs["offline"], str(ours))


def main() -> None:
    import huggingface_hub

    print(f"huggingface_hub {huggingface_hub.__version__}, Python {sys.version.split()[0]}")
    server = subprocess.Popen(
        ["node", str(ROOT / "test" / "hub" / "loopback-server.mjs"), "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        where = json.loads(server.stdout.readline())
        hub = {"HF_ENDPOINT": where["url"], "HF_TOKEN": where["token"]}
        with tempfile.TemporaryDirectory() as folder:
            check_exchange(hub, Path(folder))
            check_settings(hub, Path(folder))
    finally:
        server.stdin.close()
        server.wait(10)
    print("all of it holds" if failures == 0 else f"{failures} do not hold")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
