package dev.navarch.storage.etcd;

import java.util.Arrays;

/** What a version of etcd can be trusted with. */
final class Version {
    private Version() {}

    /**
     * Whether an answer to a progress request never overtakes events: that was mended in 3.4.31 and 3.5.13 (source:
     * k8s.io/apiserver pkg/storage/feature/feature_support_checker.go).
     */
    static boolean tellsProgressInOrder(String version) {
        int[] numbers;
        try {
            numbers = Arrays.stream(version.split("-", 2)[0].split("\\."))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        } catch (NumberFormatException _) {
            return false;
        }
        if (numbers.length != 3 || numbers[0] != 3) {
            return numbers.length == 3 && numbers[0] > 3;
        }
        return switch (numbers[1]) {
            case 0, 1, 2, 3 -> false;
            case 4 -> numbers[2] >= 31;
            case 5 -> numbers[2] >= 13;
            default -> true;
        };
    }
}
