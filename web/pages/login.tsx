/** `/` and `/login`: the card, and beside it on wide screens a still of what one gets. */
import { LoginCard } from "../islands/login_card.tsx";
import { Island } from "../components/island.tsx";
import { Showcase } from "../components/showcase.tsx";

export function LoginPage() {
  return (
    <div class="login">
      <Island name="login_card" component={LoginCard} />
      <Showcase />
    </div>
  );
}
