"""The project's tasks, as one session each; `nox -l` lists them, and `nox` runs the checks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.tags = ["check"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
LOCK = "requirements-dev.txt"
SPARK_LOCK = "workflows/spark/requirements.txt"
PACKAGE = ".[cli,msgspec,notebook,numpy,parquet,sandbox]"
OFFLINE = ("--record-mode=none", "--block-network", "--allowed-hosts=127.0.0.1,::1")
# Two tests at once on each core, because many wait for a clock or a socket.
WORKERS = min(8, 2 * (os.cpu_count() or 1))
PARALLEL = (f"--numprocesses={WORKERS}", "--dist=worksteal")
FEW_EXAMPLES = "--hypothesis-profile=quick"
REFERENCE_SCRIPT = "workflows/docs/node_modules/@scalar/api-reference/dist/browser/standalone.js"


def is_usable(python: str) -> bool:
    """Return whether an interpreter starts; a version manager's shim may fail to."""
    program = shutil.which(python)
    return program is not None and not subprocess.run([program, "-c", ""], check=False).returncode


SUPPORTED = nox.project.python_versions(PYPROJECT)
INSTALLED = [version for version in SUPPORTED if is_usable(f"python{version}")] or [sys.executable]


def install(session: nox.Session, *packages: str, groups: tuple[str, ...] = ()) -> None:
    """Install packages and dependency groups, in the versions that the lock file pins."""
    session.install("-c", LOCK, *packages, *nox.project.dependency_groups(PYPROJECT, *groups))


def require(session: nox.Session, program: str, unchecked: str) -> None:
    """Skip the rest of a session, and say what was not checked, if a program is missing."""
    if shutil.which(program) is None:
        session.skip(f"{program} is not installed, so {unchecked}")


def derive_openapi_30(session: nox.Session, path: str) -> None:
    """Write the contract as an OpenAPI 3.0 document, and validate it."""
    folder = "workflows/openapi30"
    session.run("npm", "ci", "--prefix", folder, external=True)
    session.run("node", f"{folder}/convert.mjs", "openapi.yaml", path, external=True)
    session.run("python", "-m", "openapi_spec_validator", path)


@nox.session
def demo(session: nox.Session) -> None:
    """List, read, annotate and save conversations against the sandbox, over a real socket."""
    install(session, ".[sandbox]")
    session.run("python", "examples/demo.py", *session.posargs)


@nox.session(python=INSTALLED, tags=["check"])
def tests(session: nox.Session) -> None:
    """Run the tests on every installed Python, with coverage on the oldest.

    They run in parallel and in random order; the oldest Python tries more random examples. Tests
    selected by `-- ARGUMENTS` run in one process, where a debugger works.
    """
    install(session, "-e", PACKAGE, groups=("tests",))
    if session.posargs:
        session.run("pytest", *OFFLINE, *session.posargs)
    elif session.python != INSTALLED[0]:
        session.run("pytest", *OFFLINE, *PARALLEL, FEW_EXAMPLES)
    else:
        session.env["COVERAGE_FILE"] = str(Path(session.create_tmp(), "coverage"))
        session.run("coverage", "erase")
        session.run("coverage", "run", "-m", "pytest", *OFFLINE, *PARALLEL)
        session.run("coverage", "combine", "--quiet")
        session.run("coverage", "report")


@nox.session(python=INSTALLED[0], tags=["check"])
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest Python, with every dependency at its lower bound."""
    constraints = Path(session.create_tmp(), "lowest.txt")
    session.install("uv")
    session.run(
        *("uv", "pip", "compile", "--quiet", "--resolution", "lowest-direct", "--all-extras"),
        *("--python-version", str(session.python), "--no-header", "--no-annotate"),
        *("--output-file", str(constraints), "pyproject.toml"),
    )
    lowest = constraints.read_text().splitlines()
    names = {line.partition("==")[0] for line in lowest}
    locked = Path(LOCK).read_text().splitlines()
    tools = [line for line in locked if line.partition("==")[0] not in names]
    constraints.write_text("\n".join(lowest + tools))
    groups = nox.project.dependency_groups(PYPROJECT, "tests")
    session.install("-c", str(constraints), "-e", PACKAGE, *groups)
    # The session `tests` tries more random examples; they do not depend on these versions.
    session.run("pytest", *OFFLINE, *PARALLEL, FEW_EXAMPLES, *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Print how each operation answers each kind of misbehaviour of a server.

    `-- --long=SECONDS` tries slow servers on every operation, and adds a soak of that length.
    """
    install(session, "-e", PACKAGE, groups=("tests",))
    session.run(
        *("pytest", *OFFLINE, *PARALLEL, "-p", "fault_report", "-rfE", *session.posargs),
        *("tests/test_faults.py", "tests/test_soak.py"),
        env={"PYTHONPATH": "tests"},
    )


@nox.session
def mutation(session: nox.Session) -> None:
    """Check that the tests of the pure modules notice small changes; `-- MODULE …` selects some."""
    install(session, "-e", PACKAGE, groups=("tests", "mutation"))
    session.run("python", "-m", "workflows.mutation", *session.posargs)


@nox.session
def audit(session: nox.Session) -> None:
    """Look up the locked versions of all dependencies in a database of vulnerabilities."""
    install(session, groups=("audit",))
    session.run("python", "-m", "workflows.audit", *(session.posargs or [LOCK]))


@nox.session(tags=["check"])
def readme(session: nox.Session) -> None:
    """Run every block of the README and the guides in a fresh environment, against the sandbox."""
    install(session, "-e", ".[sandbox]", groups=("tests",))
    session.run("pytest", *OFFLINE, "-s", "tests/readme_run.py")


@nox.session(tags=["check"])
def lint(session: nox.Session) -> None:
    """Check style, format, the direction of imports and the workflows; `-- --fix` corrects some."""
    install(session, "-e", PACKAGE, groups=("lint",))
    fix = "--fix" in session.posargs
    session.run("ruff", "check", *(["--fix"] if fix else []), ".")
    session.run("ruff", "format", *([] if fix else ["--check"]), ".")
    session.run("lint-imports", "--no-logo")
    session.run("zizmor", "--offline", "--quiet", ".github")


@nox.session(tags=["check"])
def types(session: nox.Session) -> None:
    """Check types: mypy strict everywhere, and basedpyright as a user's editor would."""
    install(session, "-e", PACKAGE, groups=("tests", "types", "bench", "docs", "notebook"))
    session.run("mypy")
    # These programs and the tests are separate scripts, whose module names may clash.
    session.run("mypy", *map(str, sorted(ROOT.glob("tests/*.py"))), "tests/typing")
    session.run("mypy", "tests/languages/python/report.py")
    session.run("mypy", "tests/browser/reference.py", "tests/browser/documentation.py")
    session.run("basedpyright")


@nox.session(tags=["check"])
def unasync(session: nox.Session) -> None:
    """Generate the sync client from the async one; `-- --check` only compares."""
    install(session, groups=("lint",))
    session.run("python", "-m", "workflows.unasync", *session.posargs)


@nox.session(tags=["check", "contract"])
def regenerate(session: nox.Session) -> None:
    """Generate the models and endpoints from the contract; `-- --check` only compares."""
    install(session, groups=("generator",))
    session.run("python", "-m", "workflows.regenerate", *session.posargs)


@nox.session(tags=["check", "contract"])
def spec(session: nox.Session) -> None:
    """Lint the contract by the rules in workflows/, and validate it and its examples."""
    install(session, "-e", ".[sandbox]", groups=("tests",))
    if shutil.which("npm"):
        session.run("npm", "ci", "--prefix", "workflows", external=True)
        session.run("npm", "run", "lint", "--prefix", "workflows", external=True)
    session.run("pytest", "tests/test_spec.py", "tests/test_spec_rules.py")
    require(session, "npm", "the rules of workflows/spectral.yaml were NOT checked")


@nox.session(name="spec-diff", tags=["check", "contract"])
def spec_diff(session: nox.Session) -> None:
    """Report changes to the contract since the last release, or since `-- PATH|REVISION`.

    Without a release, the contract is compared with the merge base with the main branch.
    """
    require(session, "go", "the contract was NOT compared with the last release")
    install(session, "-e", ".[sandbox]", groups=("tests",))
    session.run("python", "-m", "workflows.oasdiff")
    session.run("python", "-m", "workflows.spec_diff", *session.posargs)
    session.run("pytest", "tests/test_spec_diff.py", "tests/test_spec_base.py")


@nox.session(tags=["check", "contract"])
def languages(session: nox.Session) -> None:
    """Use the API from other languages and compare the results; `-- go rust` selects some."""
    install(session, "-e", ".[sandbox]", groups=("tests",))
    if shutil.which("npm"):
        derive_openapi_30(session, "build/languages/openapi-3.0.yaml")
    session.run("python", "tests/languages/compare.py", *session.posargs)


@nox.session(tags=["check", "contract"])
def schemathesis(session: nox.Session) -> None:
    """Test the sandbox against the contract with generated requests, valid and invalid ones."""
    install(session, "-e", ".[sandbox]", groups=("schemathesis",))
    session.run("python", "-m", "workflows.fuzz_sandbox", *session.posargs)


@nox.session
def record(session: nox.Session) -> None:
    """Record the cassettes from the sandbox, or from PolyAI's API with `-- --live`.

    Live cassettes contain what callers said, so they go to a directory that git ignores.
    """
    install(session, "-e", ".[sandbox]", groups=("tests",))
    env = {}
    if "--live" in session.posargs:
        needed = ("POLYAI_API_KEY", "POLYAI_AGENT_ID", "POLYAI_CONVERSATION_ID")
        if missing := [name for name in needed if not os.environ.get(name)]:
            session.error(f"live recording needs {', '.join(missing)}; see CONTRIBUTING.md")
        env = {"POLYAI_CASSETTES": "live"}
    contract = "tests/test_contract.py"
    session.run("pytest", contract, "--record-mode=rewrite", "-p", "no:randomly", env=env)
    session.run("pytest", "tests/test_cassettes.py", contract, "--record-mode=none", env=env)


@nox.session(tags=["check"])
def docs(session: nox.Session) -> None:
    """Build the documentation in build/site, and the sandbox's page at /docs; test both."""
    install(session, "-e", PACKAGE, groups=("docs",))
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "build/site")
    require(session, "npm", "the page at /docs was NOT built")
    session.run("npm", "ci", "--prefix", "workflows/docs", external=True)
    shutil.copyfile(REFERENCE_SCRIPT, "overlays/polyai_conversations/sandbox/reference.js")
    session.run("python", "-m", "workflows.contract_page", "build/site/contract")
    require(session, "chromium", "the site and the page at /docs were NOT tested")
    pages = ("tests/browser/reference.py", "tests/browser/documentation.py")
    session.run("pytest", "-p", "no:recording", "--noconftest", *pages)


@nox.session(python=INSTALLED[0], tags=["check"])
def spark(session: nox.Session) -> None:
    """Test the Spark data source on two local workers; `-- --long` runs the long proofs too."""
    require(session, "java", "the Spark data source was NOT tested")
    require(session, "mvn", "the Spark data source was NOT tested")
    session.install("-r", SPARK_LOCK)
    session.install("--no-deps", "-e", ".")
    copy = ("dependency:copy-dependencies", "--file", "workflows/spark/pom.xml")
    session.run("mvn", "--batch-mode", "--quiet", "--no-transfer-progress", *copy, external=True)
    session.run("mypy", "overlays/polyai_conversations/spark")
    parallel = ("--numprocesses=2", "--dist=loadfile")  # each process starts Spark once
    session.run("pytest", "--confcutdir=tests/spark", "tests/spark", *parallel, *session.posargs)


@nox.session(tags=["check"])
def notebook(session: nox.Session) -> None:
    """Run the example notebook against the sandbox, and show it as a page in build/notebook."""
    install(session, "-e", ".[notebook,sandbox]", groups=("notebook",))
    session.run("python", "-m", "workflows.notebook", *session.posargs)


@nox.session
def picture(session: nox.Session) -> None:
    """Draw the README's terminal session, from commands that run against the sandbox."""
    install(session, "-e", ".[cli,sandbox]", groups=("workflows",))
    session.run("python", "-m", "workflows.picture")


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the speed with that of other libraries; `-- listing` selects one benchmark.

    The results are written to docs/guides/benchmarks.md.
    """
    install(session, ".[cli,msgspec,sandbox]", groups=("bench",))
    names = session.posargs or ("decode", "exporting", "listing", "recording", "starting")
    for name in names:
        session.run("python", f"benchmarks/{name}.py")
    session.run("python", "-m", "workflows.benchmark_page")


@nox.session
def lock(session: nox.Session) -> None:
    """Update the lock files after changing dependencies; `-- --upgrade` updates all versions."""
    install(session, "uv")
    for path, group, extras in (
        (LOCK, "dev", ("cli", "msgspec", "notebook", "numpy", "parquet", "sandbox")),
        (SPARK_LOCK, "spark", ("sandbox", "spark")),
    ):
        session.run(
            *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", SUPPORTED[0]),
            *(f"--extra={extra}" for extra in extras),
            *("--group", group, "--no-header", "--no-annotate"),
            *("--output-file", path, "pyproject.toml", *session.posargs),
        )


@nox.session
def release(session: nox.Session) -> None:
    """Check that version, tag, changelog and contract agree, then build; `-- --tag v1.2.0`."""
    if shutil.which("npm") is None:
        session.error("npm is not installed, so the packages would not contain the page at /docs")
    install(session, groups=("tests",))
    session.run("python", "-m", "workflows.release", *session.posargs)
    session.notify("docs", posargs=())
    session.notify("build", posargs=("--release",))


@nox.session(tags=["check"])
def build(session: nox.Session) -> None:
    """Build the wheel and the source distribution, and import each in an empty environment.

    If npm is installed, this also writes the contract as an OpenAPI 3.0 document. `-- --release`
    requires that the packages contain the page at /docs, which `nox -s docs` builds.
    """
    install(session, "build", "uv", "openapi-spec-validator")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", "dist")
    probe = (
        "import polyai_conversations as p, polyai_conversations_api as g, pathlib;"
        "assert all(pathlib.Path(m.__file__).with_name('py.typed').exists() for m in (p, g));"
        "print(p.__version__, p.__file__)"
    )
    if "--release" in session.posargs:
        page = "pathlib.Path(p.__file__).parent / 'sandbox' / 'reference.js'"
        probe += f";assert ({page}).exists(), 'the page at /docs was not built'"
    for package in sorted(ROOT.glob("dist/*")):
        with tempfile.TemporaryDirectory() as directory, session.chdir(directory):
            session.run("uv", "venv", "--quiet", "--python", sys.executable, ".venv")
            python = str(Path(".venv", "Scripts" if os.name == "nt" else "bin", "python"))
            session.run("uv", "pip", "install", "--quiet", "--python", python, str(package))
            session.run(python, "-c", probe, external=True)
            # Without its extra, the command must explain what is missing.
            session.run(python, "-m", "polyai_conversations", external=True, success_codes=[2])
    require(session, "npm", "dist/openapi-3.0.yaml was NOT written")
    derive_openapi_30(session, "dist/openapi-3.0.yaml")
