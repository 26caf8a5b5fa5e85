from hypothesis import given
from hypothesis import strategies as st

from sessions_app.streams.producer import ProducerRequest
from sessions_app.streams.refusal import StreamRefusal

small = st.integers(0, 3)


@given(st.lists(st.tuples(small, small), max_size=20))
def test_requests_of_one_producer_are_accepted_once_and_in_order(
    sent: list[tuple[int, int]],
) -> None:
    """The oracle keeps every request that was accepted."""
    accepted: list[tuple[int, int]] = []
    for epoch, seq in sent:
        last = ProducerRequest("p", *accepted[-1]) if accepted else None
        at = accepted[-1][0] if accepted else -1
        is_next = seq == (sum(e == epoch for e, _ in accepted) if epoch == at else 0)
        is_known = (epoch, seq) in accepted and epoch == at
        try:
            is_new = ProducerRequest("p", epoch, seq).is_new_after(last)
        except StreamRefusal:
            assert epoch < at or not (is_next or is_known)
            continue
        assert is_new == (not is_known)
        assert epoch >= at
        if is_new:
            assert is_next
            accepted.append((epoch, seq))
