package dev.navarch.apiserver.flowcontrol;

import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Divides seats among priority levels: each gets the same fraction of what it aims at, as far as its bounds allow. Source:
 * k8s.io/apiserver pkg/util/flowcontrol/conc_alloc.go.
 *
 * @param seats by class, in the order of these
 * @param fairFraction of its target that each class gets that no bound keeps from it
 */
record SeatAllocation(double[] seats, double fairFraction) {
    private static final double SMALLEST_TARGET = 0.001;
    private static final double SLACK = 1e-7;

    /** What a class has to get, may get and aims at. */
    record Wish(double lower, double upper, double target) {
        double at(double fraction) {
            return Math.max(lower, Math.min(upper, fraction * aim()));
        }

        private double aim() {
            return Math.max(target, SMALLEST_TARGET);
        }
    }

    /** @throws IllegalArgumentException if the bounds leave no way to give away exactly {@code sum} */
    static SeatAllocation of(int sum, List<Wish> wishes) {
        double lowest = wishes.stream().mapToDouble(Wish::lower).sum();
        double highest = wishes.stream().mapToDouble(Wish::upper).sum();
        if (lowest - sum > SLACK) {
            throw new IllegalArgumentException(
                    "lower bounds sum to " + lowest + ", which is higher than the required sum of " + sum);
        }
        if (sum - highest > SLACK) {
            throw new IllegalArgumentException(
                    "upper bounds sum to " + highest + ", which is lower than the required sum of " + sum);
        }
        double fraction = fraction(sum, wishes);
        return new SeatAllocation(
                wishes.stream().mapToDouble(wish -> wish.at(fraction)).toArray(), fraction);
    }

    /** What is given away grows with the fraction, along a straight line between the fractions at which bounds matter. */
    private static double fraction(double sum, List<Wish> wishes) {
        double[] corners = DoubleStream.concat(
                        wishes.stream().mapToDouble(wish -> wish.lower / wish.aim()),
                        wishes.stream().mapToDouble(wish -> wish.upper / wish.aim()))
                .sorted()
                .toArray();
        double from = corners.length == 0 ? 0 : corners[0];
        double given = given(from, wishes);
        for (double corner : corners) {
            double more = given(corner, wishes);
            if (more >= sum) {
                return more == given ? corner : from + (corner - from) * (sum - given) / (more - given);
            }
            from = corner;
            given = more;
        }
        return from;
    }

    private static double given(double fraction, List<Wish> wishes) {
        return wishes.stream().mapToDouble(wish -> wish.at(fraction)).sum();
    }
}
