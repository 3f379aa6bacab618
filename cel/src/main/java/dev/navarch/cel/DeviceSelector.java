package dev.navarch.cel;

import dev.navarch.cel.library.QuantityLibrary;
import java.util.Map;

/**
 * An expression that selects devices. Safe for use by many threads.
 *
 * <p>source: dynamic-resource-allocation cel/compile.go.
 */
public final class DeviceSelector {
    /** What an evaluation, and the dearest that can be thought of, may cost (source: CELSelectorExpressionMaxCost). */
    public static final long MOST_COST = 1_000_000;

    private static final int MOST_QUALITIES = 32;
    private static final int LONGEST_DRIVER = 63;
    private static final int LONGEST_VALUE = 64;
    private static final String VARIABLE = "device";

    private final Expression expression;

    /** Made when the first selector is compiled. */
    private static final class Devices {
        private static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of(
                        VARIABLE,
                        ValueType.struct(
                                "kubernetes.DRADevice",
                                Map.of(
                                        "driver",
                                        ValueType.STRING.ofAtMost(LONGEST_DRIVER),
                                        "allowMultipleAllocations",
                                        ValueType.BOOL,
                                        "attributes",
                                        perDomain(ValueType.DYN.ofAtMost(LONGEST_VALUE)),
                                        "capacity",
                                        perDomain(ValueType.opaque(QuantityLibrary.QUANTITY))))))
                .withBindings();

        private static ValueType perDomain(ValueType quality) {
            return ValueType.map(ValueType.map(quality, MOST_QUALITIES), MOST_QUALITIES);
        }
    }

    private DeviceSelector(Expression expression) {
        this.expression = expression;
    }

    /** @throws CelFailure if the expression can't be one of devices */
    public static DeviceSelector compile(String text) throws CelFailure {
        return new DeviceSelector(Devices.ENVIRONMENT.perhapsCondition(text));
    }

    /** What an evaluation may cost at most, whatever the device. */
    public long worstCost() {
        return Devices.ENVIRONMENT.estimate(expression);
    }

    /** @throws CelFailure if the device lacks what the expression asks for, or if it takes too much */
    public boolean matches(Device device) throws CelFailure {
        var result = expression.evaluate(Map.of(VARIABLE, device.fields()), new Budget(MOST_COST));
        if (result instanceof Boolean matches) {
            return matches;
        }
        throw new CelFailure("CEL result of type "
                + expression.type().name()
                + " could not be converted to bool: type conversion error from '"
                + expression.type().name() + "' to 'bool'");
    }
}
