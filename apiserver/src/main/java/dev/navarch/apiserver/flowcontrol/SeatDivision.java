package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.flowcontrol.SeatAllocation.Wish;
import java.util.Collection;
import java.util.List;

/**
 * Divides the server's seats among its levels: first by the shares that are configured, then, over and over, by what each
 * could use. Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go, finishQueueSetReconfigsLocked and
 * updateBorrowingLocked.
 */
final class SeatDivision {
    private static final double MOST_OF_NOMINAL = 0.15;

    private final int total;
    private double fairFraction;

    /** @param total seats of the server */
    SeatDivision(int total) {
        this.total = total;
    }

    double fairFraction() {
        return fairFraction;
    }

    /** Sets what follows from the shares alone. Rounded up, so that these sum to a few more than there are. */
    void nominal(Collection<LevelState> levels) {
        double shares = levels.stream().mapToInt(state -> state.spec.shares()).sum();
        for (var state : levels) {
            int seats = shares == 0 ? 0 : (int) Math.ceil(total * state.spec.shares() / shares);
            int lent = Math.round(seats * state.spec.lendablePercent() / 100f);
            int borrowed = state.spec
                    .borrowingLimitPercent()
                    .map(percent -> Math.round(seats * percent / 100f))
                    .orElse(total);
            state.nominal = seats;
            state.lower = seats - lent;
            state.upper = seats + borrowed;
        }
    }

    /** Gives each level its seats for now. */
    void divide(Collection<LevelState> levels) {
        int rest = levels.stream().mapToInt(state -> state.nominal).sum();
        int all = rest;
        for (var state : levels) {
            state.note(state.level.demandSeen());
            state.target = Math.max(state.floor(), state.smoothed);
            if (state.spec.exempt()) {
                state.current = state.floor();
                rest -= state.current;
            }
        }
        var limited = levels.stream().filter(state -> !state.spec.exempt()).toList();
        int lowest = limited.stream().mapToInt(state -> state.lower).sum();
        int floors = limited.stream().mapToInt(LevelState::floor).sum();
        fairFraction = 0;
        if (rest <= lowest) {
            limited.forEach(state -> state.current = state.lower);
        } else if (rest <= floors) {
            double part = (double) (rest - lowest) / (floors - lowest);
            limited.forEach(state ->
                    state.current = state.lower + (int) Math.round((state.floor() - state.lower) * part));
        } else {
            allocate(all, limited);
        }
        for (var state : levels) {
            int denominator = state.current > 0 ? state.current : Math.max(1, Math.round(total / 10f));
            state.level.configure(state.spec, state.uid, state.current, denominator, mostSeats(state));
        }
    }

    private void allocate(int sum, List<LevelState> limited) {
        var wishes = limited.stream()
                .map(state -> new Wish(state.floor(), Math.max(state.floor(), state.upper), state.target))
                .toList();
        double most = wishes.stream().mapToDouble(Wish::upper).sum();
        var allocation = SeatAllocation.of((int) Math.min(sum, Math.floor(most)), wishes);
        fairFraction = allocation.fairFraction();
        for (int i = 0; i < limited.size(); i++) {
            limited.get(i).current = (int) Math.round(allocation.seats()[i]);
        }
    }

    /** So few that a hand of queues could be served at once. */
    private static int mostSeats(LevelState state) {
        var queuing = state.spec.queuing();
        return queuing.queues() <= 0
                ? Integer.MAX_VALUE
                : (int) Math.max(
                        1, Math.min(Math.ceil(state.nominal * MOST_OF_NOMINAL), state.nominal / queuing.handSize()));
    }
}
