package dev.navarch.apiserver.flowcontrol;

/**
 * The moments, over time, of how many seats could be used. Source: k8s.io/apiserver
 * pkg/util/flowcontrol/fairqueuing/integrator.go.
 */
final class Demand {
    private double seconds;
    private double integral;
    private double squares;
    private int seats;
    private int most;

    /**
     * What was seen since the last reset.
     *
     * @param deviation the standard deviation
     */
    record Seen(double seconds, double average, double deviation, int most) {}

    void pass(long nanos) {
        double elapsed = nanos / 1e9;
        seconds += elapsed;
        integral += seats * elapsed;
        squares += (double) seats * seats * elapsed;
    }

    void set(int newSeats) {
        seats = newSeats;
        most = Math.max(most, newSeats);
    }

    Seen reset() {
        double average = seconds > 0 ? integral / seconds : 0;
        double variance = seconds > 0 ? squares / seconds - average * average : 0;
        var seen = new Seen(seconds, average, variance > 0 ? Math.sqrt(variance) : 0, most);
        seconds = 0;
        integral = 0;
        squares = 0;
        most = seats;
        return seen;
    }
}
