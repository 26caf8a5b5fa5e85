from runners.simulator.script.fault import Cut, Garble, HttpFault, fault_of


def test_faults_come_in_order_and_then_all_is_well() -> None:
    busy, cut = HttpFault(status=529, times=2), Cut(after=3)
    met = [fault_of((busy, cut), attempt) for attempt in range(4)]
    assert met == [busy, busy, cut, None]


def test_a_fault_of_no_times_never_ends() -> None:
    garble = Garble(times=0)
    assert fault_of((garble,), 1000) == garble
