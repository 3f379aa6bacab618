package dev.navarch.cluster;

/** Where a start or stop tells what it does. */
public interface Progress {

    /** Announces a step; closing it says that it is done. */
    Step step(String what);

    /** Something that the user should read. */
    void warn(String message);

    /** A step under way. */
    interface Step extends AutoCloseable {
        /** Adds to the line of the step, such as what was found. */
        void detail(String text);

        @Override
        void close();
    }

    /** Says nothing. */
    static Progress silent() {
        return new Progress() {
            @Override
            public Step step(String what) {
                return new Step() {
                    @Override
                    public void detail(String text) {}

                    @Override
                    public void close() {}
                };
            }

            @Override
            public void warn(String message) {}
        };
    }
}
