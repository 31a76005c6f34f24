"""Many small problems through both solvers and the independent checker:

    .venv/bin/python -m benchmarks.assignment_fuzz [--count 100000] [--first 0]

Prints a line per fault and a closing line with their number; one problem in 25 is also solved by trying all
assignments. Exits with 1 if there is any fault.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import numpy as np

from review_portal.assignment.model import Infeasible
from review_portal.assignment.solving import solve
from review_portal.assignment.verify import violations
from review_portal.domain.errors import PortalError
from tests.assignment.instances import best_value, problem_from

EXHAUSTIVE = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first problem")
    options = parser.parse_args()
    count: Counter[str] = Counter()
    begin = time.process_time()
    for number in range(options.first, options.first + options.count):
        for fault in check(number, count):
            count["faults"] += 1
            print(f"{number}: {fault}", flush=True)
    print(
        f"{options.count} problems, {count['solved']} solved, {count['refused']} without any assignment, "
        f"{count['exhaustive']} tried in full, {time.process_time() - begin:.0f} s CPU"
    )
    print(f"violations and wrong answers: {count['faults']}")
    return 1 if count["faults"] else 0


def check(number: int, count: Counter[str]) -> list[str]:
    """What is wrong with the answer to one problem; even numbers start with the flow, odd ones with scipy."""
    rng = np.random.default_rng(number)
    exhaustive = number % EXHAUSTIVE < 2
    dossiers, experts = (4, 6) if exhaustive else (6, 9)
    problem = problem_from(
        lambda low, high: int(rng.integers(low, high + 1)), dossiers=dossiers, experts=experts
    )
    wanted = best_value(problem) if exhaustive else None
    count["exhaustive"] += exhaustive
    try:
        plan = solve(problem, engine="milp" if number % 2 else "flow")
    except Infeasible:
        count["refused"] += 1
        return ["refused although possible"] if wanted is not None else []
    except (RuntimeError, PortalError) as error:
        return [str(error)]
    count["solved"] += 1
    pairs = list(zip(plan.dossier.tolist(), plan.expert.tolist(), plan.role.tolist(), strict=True))
    faults = [str(one) for one in violations(problem, pairs)]
    if not plan.proven:
        faults.append("not proven")
    if exhaustive and wanted != (plan.worst_micro if problem.worst_first else 0, plan.micro):
        faults.append("not the best")
    return faults


if __name__ == "__main__":
    sys.exit(main())
