"""Every workflow of the project, one session each; `nox -l` lists them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "lint", "types", "regenerate", "languages", "build"]

ROOT = Path(__file__).parent
LOCK = "requirements-dev.txt"
EVERYTHING = ".[cli,numpy,parquet,sandbox]"
REFERENCE_SCRIPT = ROOT / (
    "workflows/docs/node_modules/@scalar/api-reference/dist/browser/standalone.js"
)
CASSETTES = "tests/test_contract.py"
PYPROJECT = nox.project.load_toml("pyproject.toml")


def runs(python: str) -> bool:
    """Tell whether an interpreter is there and starts; a version manager's shim may not."""
    program = shutil.which(python)
    if program is None:
        return False
    return subprocess.run([program, "-c", ""], check=False, capture_output=True).returncode == 0


SUPPORTED = ["3.11", "3.12", "3.13", "3.14"]
INSTALLED = [version for version in SUPPORTED if runs(f"python{version}")] or [sys.executable]


def install(session: nox.Session, *packages: str, group: str | None = None) -> None:
    """Install what a session needs, in the versions that the lock file pins."""
    wanted = nox.project.dependency_groups(PYPROJECT, group) if group else ()
    session.install("-c", LOCK, *packages, *wanted)


@nox.session
def demo(session: nox.Session) -> None:
    """Show the main job end to end, against the sandbox over a real socket."""
    install(session, ".[sandbox]")
    session.run("python", "examples/demo.py", *session.posargs)


@nox.session(python=INSTALLED)
def tests(session: nox.Session) -> None:
    """Run the tests on every supported Python that is installed, on the oldest with coverage."""
    install(session, "-e", EVERYTHING, group="tests")
    replay = ("--record-mode=none", "--block-network", "--allowed-hosts=127.0.0.1,::1")
    if session.posargs or session.python != INSTALLED[0]:
        session.run("pytest", *replay, *session.posargs)
        return
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp(), "coverage"))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *replay)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def record(session: nox.Session) -> None:
    """Record the cassettes anew, from the sandbox; with `--live`, from the vendor's API.

    Live cassettes hold what callers said. They go to a folder that git ignores.
    """
    install(session, "-e", ".[sandbox]", group="tests")
    env = {}
    if "--live" in session.posargs:
        needed = ("POLYAI_API_KEY", "POLYAI_AGENT_ID", "POLYAI_CONVERSATION_ID")
        if missing := [name for name in needed if not os.environ.get(name)]:
            session.error(f"live recording needs {', '.join(missing)}; see CONTRIBUTING.md")
        env = {"POLYAI_CASSETTES": "live"}
    session.run("pytest", CASSETTES, "--record-mode=rewrite", env=env)
    session.run("pytest", "tests/test_cassettes.py", CASSETTES, "--record-mode=none", env=env)


@nox.session
def spec(session: nox.Session) -> None:
    """Lint the contract, check that it is valid and its examples true, and the rules themselves."""
    install(session, "-e", ".[sandbox]", group="tests")
    session.run("pytest", "tests/test_spec.py")
    if shutil.which("npm") is None:
        session.skip("the rules of workflows/spectral.yaml were NOT checked: there is no Node.js")
    session.run("npm", "ci", "--prefix", "workflows", external=True)
    session.run("npm", "run", "lint", "--prefix", "workflows", external=True)
    session.run("pytest", "tests/test_spec_rules.py")


@nox.session
def schemathesis(session: nox.Session) -> None:
    """Test the sandbox against the contract with generated requests, valid and invalid ones."""
    install(session, "-e", ".[sandbox]", group="schemathesis")
    session.run("python", "-m", "workflows.fuzz_sandbox", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Make the page that the sandbox serves at /docs, and look at it in Chromium."""
    if shutil.which("npm") is None:
        session.skip("the page at /docs was NOT made: there is no Node.js")
    install(session, "-e", ".[sandbox]", group="docs")
    session.run("npm", "ci", "--prefix", "workflows/docs", external=True)
    shutil.copyfile(REFERENCE_SCRIPT, ROOT / "overlays/polyai_conversations/sandbox/reference.js")
    if shutil.which("chromium") is None:
        session.skip("the page at /docs was NOT looked at: there is no Chromium")
    session.run("pytest", "-p", "no:recording", "--noconftest", "tests/browser/reference.py")


@nox.session(name="spec-diff")
def spec_diff(session: nox.Session) -> None:
    """Tell what changed in the contract since the last release, or since `-- PATH|REVISION`."""
    if shutil.which("go") is None:
        session.skip("the contract was NOT compared with the last release: there is no Go")
    install(session, "-e", ".[sandbox]", group="tests")
    session.run("python", "-m", "workflows.oasdiff")
    session.run("python", "-m", "workflows.spec_diff", *session.posargs)
    session.run("pytest", "tests/test_spec_diff.py")


@nox.session
def regenerate(session: nox.Session) -> None:
    """Write the generated client anew from the spec; with `--check`, only say what would change."""
    install(session, group="generator")
    session.run("python", "-m", "workflows.regenerate", *session.posargs)


@nox.session
def languages(session: nox.Session) -> None:
    """Use the contract from other languages, and compare; some (`-- go rust`) or all of them."""
    install(session, "-e", ".[sandbox]", group="tests")
    session.run("python", "tests/languages/compare.py", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Pin the development set anew; with `--upgrade`, to the newest versions."""
    install(session, "uv")
    session.run(
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", SUPPORTED[0]),
        *("--all-extras", "--group", "dev", "--no-header", "--no-annotate"),
        *("--output-file", LOCK, "pyproject.toml", *session.posargs),
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; with `--fix`, mend what can be mended."""
    install(session, group="lint")
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix", ".")
        session.run("ruff", "format", ".")
        return
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types: mypy strict everywhere, basedpyright as a user's editor would."""
    install(session, "-e", EVERYTHING, group="tests")
    install(session, group="types")
    install(session, group="bench")
    session.run(
        "mypy", "overlays", "generated", "noxfile.py", "workflows", "examples", "benchmarks"
    )
    session.run("mypy", *map(str, sorted(ROOT.glob("tests/*.py"))), "tests/typing")
    install(session, group="docs")
    session.run("mypy", "tests/languages/python/report.py", "tests/browser/reference.py")
    session.run("basedpyright")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against bare httpx and requests, in one run; by name (`-- listing`) or all."""
    install(session, ".[sandbox]", group="bench")
    names = session.posargs or [path.stem for path in sorted(ROOT.glob("benchmarks/*ing.py"))]
    for name in names:
        session.run("python", f"benchmarks/{name}.py")


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and sdist, and import each from an empty environment."""
    install(session, "build", "uv")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", "dist")
    for package in sorted((ROOT / "dist").iterdir()):
        _import_from_empty_environment(session, package)


def _import_from_empty_environment(session: nox.Session, package: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment")
        session.run("uv", "venv", "--quiet", "--python", sys.executable, str(environment))
        python = str(environment / ("Scripts" if os.name == "nt" else "bin") / "python")
        session.run("uv", "pip", "install", "--quiet", "--python", python, str(package))
        probe = (
            "import polyai_conversations as p, polyai_conversations_api as g, pathlib;"
            "assert all(pathlib.Path(m.__file__).with_name('py.typed').exists() for m in (p, g));"
            "print(p.__version__, p.__file__)"
        )
        session.chdir(folder)
        session.run(python, "-c", probe, external=True)
        # The command is there; it says that it needs the extra.
        session.run(python, "-m", "polyai_conversations", external=True, success_codes=[2])
        session.chdir(ROOT)
