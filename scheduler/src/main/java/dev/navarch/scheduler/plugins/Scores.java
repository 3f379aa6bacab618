package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.Plugin.Score;

/** Brings scores into their range (source: plugins/helper/normalize_score.go). */
final class Scores {
    private Scores() {}

    /** The highest becomes 100, the others are in proportion. */
    static void moreIsBetter(long[] scores) {
        long most = most(scores);
        for (int i = 0; most > 0 && i < scores.length; i++) {
            scores[i] = Score.MAX * scores[i] / most;
        }
    }

    /** None becomes 100, the highest 0. */
    static void fewerIsBetter(long[] scores) {
        long most = most(scores);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = most == 0 ? Score.MAX : Score.MAX - Score.MAX * scores[i] / most;
        }
    }

    private static long most(long[] scores) {
        long most = 0;
        for (long score : scores) {
            most = Math.max(most, score);
        }
        return most;
    }
}
