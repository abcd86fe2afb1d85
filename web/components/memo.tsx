/** Skips rendering a component again while none of its properties has changed. */
import { Component, type ComponentChildren, type FunctionComponent } from "preact";

export function memo<P extends object>(render: (props: P) => ComponentChildren) {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = new Map<string, unknown>(Object.entries(this.props));
      const after = Object.entries(next);
      return after.length !== before.size ||
        after.some(([key, value]) => before.get(key) !== value);
    }
    override render() {
      return render(this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
