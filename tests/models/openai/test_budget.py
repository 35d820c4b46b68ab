import pytest

from kept.models.openai.budget import Budget, BudgetExhausted, ErrorBudget, ErrorBudgetSpent


def test_requests_run_out() -> None:
    budget = Budget(requests=2)
    budget.take_request()
    budget.take_request()
    with pytest.raises(BudgetExhausted, match="2 requests") as refused:
        budget.take_request()
    assert refused.value.code == "model.budget"


def test_tokens_run_out_once_they_are_counted() -> None:
    budget = Budget(tokens=10)
    budget.take_request()
    budget.take_tokens(9, exchanged=1000)
    budget.take_request()
    budget.take_tokens(9, exchanged=1000)
    with pytest.raises(BudgetExhausted, match="10 tokens"):
        budget.take_request()


def test_an_endpoint_that_reports_no_tokens_does_not_get_past_the_budget() -> None:
    budget = Budget(tokens=10)
    budget.take_tokens(0, exchanged=41)
    assert budget.tokens_used == 11


def test_a_few_early_failures_do_not_stop_a_campaign() -> None:
    errors = ErrorBudget(0.5)
    for _ in range(9):
        errors.count(failed=True)
    errors.check()
    errors.count(failed=True)
    with pytest.raises(ErrorBudgetSpent) as refused:
        errors.check()
    assert refused.value.code == "model.error-budget"


def test_the_share_is_that_of_the_latest_requests() -> None:
    errors = ErrorBudget(0.5)
    for _ in range(10_000):
        errors.count(failed=False)
    for _ in range(50):
        errors.count(failed=True)
    errors.check()
    errors.count(failed=True)
    assert errors.spent


def test_spent_stays_spent() -> None:
    errors = ErrorBudget(0.0)
    for failed in [False] * 20 + [True] + [False] * 200:
        errors.count(failed=failed)
    with pytest.raises(ErrorBudgetSpent):
        errors.check()
