package dev.navarch.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompositionTest {
    private static final CelEnvironment BASE = new CelEnvironment(Map.of("object", ValueType.DYN));

    private final List<String> asked = new ArrayList<>();
    private final Composition variables = new Composition();

    private boolean holds(String condition, Budget budget) throws CelFailure {
        var expression = variables.in(BASE).condition(condition);
        Expression.Bindings object = name -> {
            asked.add(name);
            return name.equals("object") ? Map.of("a", 1L, "b", "x") : null;
        };
        return (Boolean) expression.evaluate(variables.bind(object, budget), budget);
    }

    @Test
    void variablesSeeThoseBeforeThem() throws CelFailure {
        variables.add("a", "object.a + 1", BASE);
        variables.add("b", "variables.a * 2", BASE);
        assertThat(holds("variables.b == 4 && variables.a == 2", new Budget(1000)))
                .isTrue();
    }

    @Test
    void aVariableIsEvaluatedOnceAndOnlyIfItIsAskedFor() throws CelFailure {
        variables.add("a", "object.a", BASE);
        variables.add("unused", "object.nothing", BASE);
        assertThat(holds("variables.a == 1 && variables.a < 2 && variables.a > 0", new Budget(1000)))
                .isTrue();
        assertThat(asked.stream().filter("object"::equals)).hasSize(1);
    }

    @Test
    void variablesHaveTheTypesOfTheirExpressions() throws CelFailure {
        variables.add("text", "'a'", BASE);
        variables.add("list", "[1, 2]", BASE);
        variables.add("address", "ip('::1')", BASE);
        assertThatThrownBy(() -> variables.in(BASE).condition("variables.text == 1"))
                .hasMessageContaining("found no matching overload for '_==_' applied to '(string, int)'");
        assertThatThrownBy(() -> variables.in(BASE).condition("variables.other == 1"))
                .hasMessageContaining("undefined field 'other'");
        assertThat(variables.in(BASE).condition("variables.list.sum() == 3 && variables.address.family() == 6"))
                .isNotNull();
    }

    @Test
    void aVariableThatFailsFailsWhatAsksForIt() throws CelFailure {
        variables.add("bad", "object.nothing", BASE);
        assertThatThrownBy(() -> holds("variables.bad == 1", new Budget(1000)))
                .hasMessage("composited variable \"bad\" fails to evaluate: no such key: nothing");
        assertThatThrownBy(() -> variables.add("worse", "1 +", BASE)).hasMessageContaining("Syntax error");
        assertThatThrownBy(() -> holds("variables.worse == 1", new Budget(1000)))
                .hasMessageStartingWith("composited variable \"worse\" fails to compile: compilation failed");
    }

    @Test
    void variablesSpendTheBudget() throws CelFailure {
        variables.add("long", "lists.range(100).map(i, i + 1).size()", BASE);
        var enough = new Budget(10_000);
        assertThat(holds("variables.long == 100", enough)).isTrue();
        assertThat(enough.left()).isLessThan(9_600);
        var little = new Budget(100);
        assertThatThrownBy(() -> holds("variables.long == 100", little)).isInstanceOf(CelFailure.class);
        assertThat(little.exhausted()).isTrue();
    }
}
