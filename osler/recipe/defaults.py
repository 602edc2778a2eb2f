"""What a recipe answers where it does not say: every policy beside the one that it comes from."""

from dataclasses import replace

from osler.recipe.recipe import Recipe, System
from osler.search import Greedy


def with_default_systems(recipe: Recipe) -> Recipe:
    """The recipe itself where it names systems. Where it names none, every policy answers greedily under its own name, and each that is
    trained is compared with the policy that it starts from and with the first one before that, unless the recipe says what is compared."""
    answering = recipe.answer
    if answering.systems:
        return recipe
    greedy = Greedy(max_tokens=answering.sampling.max_tokens)
    systems = {name: System(policy=name, strategy=greedy) for name in (*recipe.first_policies, *recipe.policies)}
    pairs = [(name, other) for name, policy in recipe.policies.items() for other in dict.fromkeys((policy.start, recipe.first_of(name)))]
    return replace(recipe, answer=replace(answering, systems=systems, compare=answering.compare or tuple(pairs)))
