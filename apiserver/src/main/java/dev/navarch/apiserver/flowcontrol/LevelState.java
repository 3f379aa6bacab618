package dev.navarch.apiserver.flowcontrol;

/** A level and its seats, as they were divided last. Guarded by {@link SeatDivision}'s owner. */
final class LevelState {
    /** How quickly a demand that is over is forgotten: by half in five minutes. */
    private static final double SMOOTHING = 0.977;

    final PriorityLevel level;
    LevelSpec spec;
    String uid;
    /** No configuration asks for it any more; it stays until nothing is left in it. */
    boolean quiescing;

    int nominal;
    int lower;
    int upper;
    int current;
    double target;

    double average;
    double deviation;
    double smoothed;
    int highWatermark;

    LevelState(PriorityLevel level, LevelSpec spec, String uid) {
        this.level = level;
        this.spec = spec;
        this.uid = uid;
    }

    /** Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go, seatDemandStats. */
    void note(Demand.Seen seen) {
        highWatermark = seen.most();
        if (seen.seconds() <= 0) {
            return;
        }
        average = seen.average();
        deviation = seen.deviation();
        double envelope = average + deviation;
        smoothed = Math.max(envelope, SMOOTHING * smoothed + (1 - SMOOTHING) * envelope);
    }

    /** What it is not to be left without, whatever others want. */
    int floor() {
        int wanted = spec.exempt() ? highWatermark : Math.min(nominal, highWatermark);
        return Math.max(lower, wanted);
    }
}
