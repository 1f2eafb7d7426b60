"""Each rule that watches the market or what happened before, as scenarios in the domain's words.

 `limits ; before ; asked ; said`, one a line. The sections named by a failure are those that other
engines are known to have.
"""

import pytest

from tests.unit.rule_desk import RuleDesk

ALLOWED = """
 instruments=[ABC.SIM]    ; trade 100                      ; buy 1          ; ok
 instruments=[XYZ.SIM]    ; trade 100                      ; buy 1          ; instrument_not_allowed
 instruments=[]           ; trade 100                      ; buy 1 @ 100    ; instrument_not_allowed
 :instruments=[XYZ.SIM]   ; trade 100                      ; buy 1          ; instrument_not_allowed
 :instruments=[XYZ.SIM]   ; trade 100                      ; other buy 1    ; ok
 order_types=[limit]      ; trade 100                      ; buy 1 @ 100    ; ok
 order_types=[limit]      ; trade 100                      ; buy 1          ; order_type_not_allowed
 order_types=[limit|stop] ; trade 100                      ; buy 1 stop 101 ; ok
 order_types=[limit]      ; trade 100, buy 5 @ 100, fill 5 ; sell 5         ; ok
 order_types=[limit]      ; trade 100, buy 5 @ 100, fill 5 ; sell 6         ; order_type_not_allowed
"""
SESSIONS = """
 only_open=true ; trade 100 in DAY ; buy 1 in DAY ; ok
 only_open=true ; trade 100 in DAY, wait 43199 ; buy 1 in DAY ; ok
 only_open=true ; trade 100 in DAY, wait 43200 ; buy 1 in DAY ; session_closed
 only_open=true ; trade 100 in DAY, wait 86400 ; buy 1 in DAY ; ok
 only_open=true ; trade 100 in DAY, day, wait 43201 ; buy 1 in DAY ; session_closed
 only_open=true ; trade 100 in DAY, status halted in DAY ; buy 1 in DAY ; session_closed
 only_open=true ; trade 100 in DAY, status halted in DAY, status open in DAY ; buy 1 in DAY ; ok
 only_open=true ; trade 100 in DAY, buy 5 in DAY, fill 5, wait 43200 ; sell 5 in DAY ; ok
                ; trade 100 in DAY, wait 43200 ; buy 1 in DAY ; ok
"""
COLLARS = """
 collar=1 ; quote 99.9 100.1 ; buy 1 @ 101 ; ok
 collar=1 ; quote 99.9 100.1 ; buy 1 @ 101.01 ; price_collar
 collar=1 ; quote 99.9 100.1 ; sell 1 @ 99 ; ok
 collar=1 ; quote 99.9 100.1 ; sell 1 @ 98.99 ; price_collar
 collar=1 ; quote 99.9 100.1 ; buy 1 @ 50 ; ok
 collar_ticks=5 ; quote 99.9 100.1 ; buy 1 @ 100.05 ; ok
 collar_ticks=5 ; quote 99.9 100.1 ; buy 1 @ 100.06 ; price_collar
 collar=1 collar_ticks=5 ; quote 99.9 100.1 ; buy 1 @ 100.5 ; price_collar
 collar=1 ; quote 99.9 100.1 ; buy 1 ; ok
 collar=1 ; quote 90 110 ; buy 1 ; price_collar
 collar=1 ; quote 90 110 ; sell 1 ; price_collar
 collar=1 ; trade 100, quote 100.2 99.8 ; buy 1 @ 101 ; ok
 collar=1 ;  ; buy 1 @ 100 ; no_reference
 collar=1 ;  ; buy 1 ; no_reference
 collar=1 ; quote 99.9 100.1, wait 60 ; buy 1 @ 100 ; ok
 collar=1 ; quote 99.9 100.1, wait 61 ; buy 1 @ 100 ; stale_reference
 collar=1 ; quote 99.9 100.1, wait 61 ; buy 1 ; stale_reference
 collar=1 quote_age=5s ; quote 99.9 100.1, wait 6 ; buy 1 ; stale_reference
 collar=1 quote_age=5s ; trade 200, quote 99 101, wait 6 ; buy 1 @ 202 ; ok
 collar=1 quote_age=5s trade_age=5s ; trade 9, bar 200, wait 6 ; buy 1 @ 202 ; ok
 collar=1 close_age=1m ; bar 100, wait 61 ; buy 1 @ 100 ; stale_reference
 collar=1 ; quote 99.9 100.1 ; buy 1 stop 105 ; ok
 collar=1 ; quote 99.9 100.1 ; buy 1 @ 106.05 stop 105 ; ok
 collar=1 ; quote 99.9 100.1 ; buy 1 @ 106.06 stop 105 ; price_collar
 collar=1 ; quote 99.9 100.1, buy 5 @ 100, accept ; replace 5 @ 102 ; price_collar
 collar=1 ; quote 99.9 100.1, buy 5, fill 5, wait 999 ; sell 5 ; ok
 collar=1 ; quote 99.9 100.1, buy 5, fill 5 ; sell 5 @ 97 ; ok
 collar=1 ; quote 99.9 100.1, buy 5, fill 5 ; sell 5 @ 96.99 ; price_collar
 collar=1 exit_collar_percent=5 ; quote 99.9 100.1, buy 5, fill 5 ; sell 5 @ 95 ; ok
 collar=1 exit_collar_percent=5 ; quote 99.9 100.1, buy 5, fill 5 ; sell 5 @ 94.99 ; price_collar
"""
SUMS = """
 net=1000 ; trade 100 ; buy 10 ; ok
 net=1000 ; trade 100 ; buy 11 ; net_limit
 net=1000 ; trade 100 ; sell 11 ; net_limit
 net=1000 ; trade 100, trade 10 in XYZ, buy 10, fill 10 ; buy 1 in XYZ ; net_limit
 net=1000 ; trade 100, trade 10 in XYZ, buy 10, fill 10 ; sell 5 in XYZ ; ok
 net=9 ; trade 1, trade 1 in XYZ, buy 9, fill @ 1, sell 1 in XYZ, fill @ 1 ; buy 10 ; ok
 net=9 ; trade 1, trade 1 in XYZ, buy 9, fill @ 1, sell 1 in XYZ, fill @ 1 ; buy 11 ; net_limit
 net=1000 ; trade 100, trade 10 in XYZ, buy 10, fill 10, sell 5 in XYZ ; buy 1 ; net_limit
 net=1000 ; trade 100, buy 10, fill 10, trade 300 ; sell 10 ; ok
 working=1000 ; trade 100 ; buy 10 @ 90 ; ok
 working=1000 ; trade 100, buy 6 @ 90 ; buy 5 @ 90 ; open_value
 working=1000 ; trade 100, buy 6 @ 90 ; sell 5 @ 110 ; open_value
 working=1000 ; trade 100, buy 6 @ 90, gone ; buy 10 @ 90 ; ok
 working=1000 ; trade 100, buy 10 @ 90, fill 10 ; buy 10 @ 90 ; ok
 working=1000 ; trade 100, trade 50 in XYZ, buy 1 in XYZ ; buy 6 @ 90 ; open_value
 working=1000 ; trade 100, buy 5 @ 90, accept ; replace 11 ; open_value
 working=1000 ;  ; buy 11 @ 100 ; open_value
"""
RATES = """
 rate_age=9s ; trade 100 in DAX, trade 1.25 in EURUSD         ; buy 1 in DAX ; ok
 rate_age=9s ; trade 100 in DAX, trade 1.25 in EURUSD, wait 9 ; buy 1 in DAX ; ok
 rate_age=9s ; trade 1.25 in EURUSD, wait 10, trade 100 in DAX ; buy 1 in DAX ; no_currency_rate
 rate_age=9s ; trade 100 in DAX                               ; buy 1 in DAX ; no_currency_rate
 rate_age=9s ; trade 100, wait 99                             ; buy 1        ; ok
             ; trade 100 in DAX, trade 1.25 in EURUSD, wait 99 ; buy 1 in DAX ; ok
 rate_age=9s ; trade 9 in DAX, trade 1 in EURUSD, buy 1 in DAX, fill, wait 99 ; sell 1 in DAX ; ok
"""
REPEATS = """
 window=10s                    ; trade 100, buy 1 ; buy 1 ; duplicate_order
 window=10s                    ; trade 100, buy 1, wait 10 ; buy 1 ; duplicate_order
 window=10s                    ; trade 100, buy 1, wait 11 ; buy 1 ; ok
 window=10s                    ; trade 100, buy 1 ; buy 2 ; ok
 window=10s                    ; trade 100, buy 1 ; sell 1 ; ok
 window=10s                    ; trade 100, buy 1 @ 99 ; buy 1 @ 98 ; ok
 window=10s                    ; trade 100, buy 1 @ 99 ; buy 1 @ 99 ; duplicate_order
 window=10s                    ; trade 100, buy 1 @ 99 ; other buy 1 @ 99 ; ok
 window=10s                    ; trade 100, buy 1 @ 99, gone ; buy 1 @ 99 ; duplicate_order
 window=10s max_order_value=50 ; trade 100, buy 1 ; buy 1 ; order_value
 window=10s                    ; trade 100, buy 4, fill 4, sell 2 ; sell 2 ; ok
 window=10s                    ; trade 100, buy 4 @ 99, accept, replace 5 @ 99 ; buy 5 @ 99 ; ok
"""
SELF_MATCH = """
 separate=true ; trade 100, sell 1 @ 101 ; other buy 1 @ 101 ; self_match
 separate=true ; trade 100, sell 1 @ 101 ; other buy 1 @ 100.99 ; ok
 separate=true ; trade 100, sell 1 @ 101 ; buy 1 @ 102 ; self_match
 separate=true ; trade 100, buy 1 @ 99 ; other sell 1 @ 99 ; self_match
 separate=true ; trade 100, buy 1 @ 99 ; other sell 1 @ 99.01 ; ok
 separate=true ; trade 100, sell 1 @ 101, gone ; other buy 1 @ 101 ; ok
 separate=true ; trade 100, sell 1 @ 101, fill 1 @ 101 ; other buy 2 @ 101 ; ok
 separate=true ; trade 100, sell 1 @ 103, sell 1 @ 101, gone ; other buy 1 @ 102 ; ok
 separate=true ; trade 100, sell 1 @ 103, sell 1 @ 101, gone ; other buy 1 @ 103 ; self_match
 separate=true ; trade 100, sell 1 @ 101, accept, replace 1 @ 99 ; other buy 1 @ 99.5 ; self_match
 separate=true ; trade 100, sell 1 @ 101, accept, replace 1 @ 105 ; other buy 1 @ 102 ; self_match
 separate=true ; quote 99 101, sell 1 @ 101 ; other buy 1 ; self_match
 separate=true ; quote 99 101, sell 1 @ 101.01 ; other buy 1 ; ok
 separate=true ; trade 100, sell 1 @ 101 ; other buy 1 stop 105 ; ok
 separate=true ; trade 100, sell 1 @ 101 ; other buy 1 @ 101 stop 100.5 ; self_match
 separate=true ; trade 100, sell 1 @ 101 ; other buy 1 @ 101 in XYZ ; ok
 separate=true ; trade 100, buy 5, fill 5, buy 5 @ 99 ; other sell 5 @ 99 ; ok
  ; trade 100, sell 1 @ 101 ; other buy 1 @ 101 ; ok
"""
FEEDS = """
 feed_age=10s ; quote 99 101, wait 10                     ; buy 1 @ 100  ; ok
 feed_age=10s ; quote 99 101, wait 11                     ; buy 1 @ 100  ; feed_stale
 feed_age=10s ; quote 99 101, wait 11, trade 100          ; buy 1 @ 100  ; ok
 feed_age=10s ; quote 99 101, wait 11, bar 100            ; buy 1 @ 100  ; ok
 feed_age=10s ;                                           ; buy 1 @ 100  ; feed_stale
 feed_age=10s ; quote 101 99                              ; buy 1 @ 100  ; book_crossed
 feed_age=10s ; quote 101 99, quote 99 101                ; buy 1 @ 100  ; ok
 feed_age=10s ; quote 100 100                             ; buy 1 @ 100  ; ok
 feed_age=10s ; quote 99 101, buy 5, fill 5, wait 99      ; sell 5       ; ok
              ; trade 100, feed quotes broken                  ; buy 1     ; feed_gapped
              ; trade 100, feed quotes broken, feed quotes live ; buy 1    ; ok
              ; feed quotes broken, feed book broken, feed book live ; buy 1 ; feed_gapped
              ; trade 9 in XYZ, trade 100, feed book broken    ; buy 1 in XYZ ; ok
              ; trade 100, buy 5, fill 5, feed book broken     ; sell 5    ; ok
              ; trade 100, buy 5 @ 99, accept, feed book broken ; cancel   ; ok
"""
THROTTLE = """
 executions=2 within=10s ; trade 100, buy 9, fill 1, fill 1 ; buy 1 ; ok
 executions=2 within=10s ; trade 100, buy 9, fill 1, fill 1, fill 1 ; buy 1 ; execution_throttle
 executions=2 within=10s ; trade 100, buy 9, fill 1, fill 1, wait 11, fill 1 ; buy 1 ; ok
 executions=2 within=10s ; trade 100, buy 9, fill 1, fill 1, fill 1 ; sell 3 ; ok
 executions=2 within=10s ; trade 100, buy 9, fill 1, fill 1, fill 1 ; other buy 1 ; ok
 :executions=1           ; trade 100, buy 9, fill 1, fill 1, wait 9999 ; buy 1 ; execution_throttle
"""
LOSSES = """
 daily=100 ; trade 100, buy 100, fill ; buy 1 ; ok
 daily=100 ; trade 100, buy 100, fill, trade 99 ; buy 1 ; ok
 daily=100 ; trade 100, buy 100, fill, trade 98.99 ; buy 1 ; daily_loss
 daily=100 ; trade 100, buy 100, fill, trade 98, trade 100 ; buy 1 ; daily_loss
 daily=100 ; trade 100, buy 100, fill, trade 98 ; sell 100 ; ok
 daily=100 ; trade 100, buy 100, fill, trade 98 ; sell 101 ; daily_loss
 daily=100 ; trade 100, buy 100, fill, trade 98, sell 100, fill @ 98, day, trade 98 ; buy 1 ; ok
 daily=100 ; trade 100, buy 100, fill, trade 99.5, day, trade 99.5, trade 98.6 ; buy 1 ; ok
 daily=100 ; trade 100, buy 100, fill, trade 102, trade 100 ; buy 1 ; ok
 drawdown=100 ; trade 100, buy 100, fill, trade 102, trade 101 ; buy 1 ; ok
 drawdown=100 ; trade 100, buy 100, fill, trade 102, trade 100.99 ; buy 1 ; drawdown
 drawdown=100 ; trade 100, buy 100, fill, trade 102, trade 100, day, trade 103 ; buy 1 ; drawdown
 :daily=100 ; trade 100, buy 100, fill, trade 98 ; other buy 1 ; ok
 :daily=100 ; trade 100, other buy 100, fill, trade 98 ; buy 1 ; ok
 :daily=100 ; trade 100, buy 100, fill, trade 98 ; buy 1 ; daily_loss
"""
BREACHES = """
 max_position=10 ; trade 100, buy 10 @ 99, gone, buy 10 @ 98, fill 10 ; buy 1 ; position_limit
 max_position=10 ; trade 100, buy 10 @ 99, accept, gone, fill 5       ; buy 5 ; ok
"""


def scenarios() -> list[tuple[str, str, str, str]]:
    tables = (
        ALLOWED,
        SESSIONS,
        COLLARS,
        SUMS,
        RATES,
        REPEATS,
        SELF_MATCH,
        FEEDS,
        THROTTLE,
        LOSSES,
        BREACHES,
    )
    lines = [line for table in tables for line in table.strip().splitlines()]
    rows = [[cell.strip() for cell in line.split(";")] for line in lines]
    return [(row[0], row[1], row[2], row[3]) for row in rows]


@pytest.mark.parametrize(("limits", "before", "asked", "said"), scenarios())
def test_rule_says(limits: str, before: str, asked: str, said: str) -> None:
    desk = RuleDesk(limits)
    if before:
        desk.do(before)
    sent = len(desk.rig.wire.sent)
    assert desk.do(asked) == said
    assert len(desk.rig.wire.sent) == sent + (said == "ok")
