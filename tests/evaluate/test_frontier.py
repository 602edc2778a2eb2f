from hypothesis import given
from hypothesis import strategies as st

from osler.evaluate.frontier import Offer, pareto_front

OFFERS = st.lists(st.builds(Offer, st.just("x"), st.integers(0, 5).map(float), st.integers(0, 5).map(float)), max_size=20)


def test_the_front_of_some_points():
    chain, agents, small, dear, large = (
        Offer("chain", 0.39, 1.0),
        Offer("agents", 0.43, 9.0),
        Offer("small", 0.20, 0.1),
        Offer("dear", 0.43, 12.0),
        Offer("large", 0.52, 4.0),
    )
    # agents cost more than large and are right less often; dear is as good as agents and dearer
    assert pareto_front([chain, agents, small, dear, large]) == [small, chain, large]


def test_equals_both_stand():
    one, other = Offer("one", 0.5, 1.0), Offer("other", 0.5, 1.0)
    assert pareto_front([one, other]) == [one, other]
    assert pareto_front([]) == []
    # as dear, and less accurate
    assert pareto_front([one, Offer("worse", 0.4, 1.0)]) == [one]


@given(OFFERS)
def test_whoever_is_beaten_is_beaten_from_the_front(offers):
    front = pareto_front(offers)
    for offer in offers:
        beaten = any(
            each.accuracy >= offer.accuracy and each.cost <= offer.cost and (each.accuracy, each.cost) != (offer.accuracy, offer.cost)
            for each in front
        )
        assert beaten != (offer in front)
