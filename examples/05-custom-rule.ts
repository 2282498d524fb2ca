/**
 * A custom rule: Kepler's equation E - e sin E = M, solved by iteration and differentiated by the implicit function theorem.
 *
 * Differentiating through the iteration would repeat all of its steps backwards. The theorem needs the answer alone:
 * dE/dM = 1 / (1 - e cos E) and dE/de = sin E / (1 - e cos E). A rule is made of tensors, so it has derivatives itself.
 */
import { checkGradients, compile, grad, input, type Tensor, withRule } from 'lattigrad';

function newton(M: Tensor, e: Tensor): Tensor {
  let E = M.add(e.mul(M.sin()));
  for (let k = 0; k < 8; k++) {
    const slope = e.mul(E.cos()).neg().add(1);
    E = E.sub(E.sub(e.mul(E.sin())).sub(M).div(slope));
  }
  return E;
}

// A rule maps what is asked about E to what that means for M and e: products of `cotangent` with dE/dM and dE/de.
const kepler = withRule(newton, (cotangent, E, [, e]) => {
  const perM = cotangent.div(e.mul(E.cos()).neg().add(1));
  return [perM, perM.mul(E.sin())];
});

const M = input([], 'mean anomaly');
const e = input([], 'eccentricity');
const E = kepler(M, e);
const [perM, perEccentricity] = grad(E, [M, e]);
const [second] = grad(perM, [M]);
const orbit = compile({ M, e }, { E, perM, perEccentricity, second });
// Mercury, a quarter of a period after its perihelion.
const mercury = await orbit({ M: Math.PI / 2, e: 0.2056 });
for (const [name, value] of Object.entries(mercury)) console.log(`${name} = ${value.item().toFixed(8)}`);

const place = [1.2, 0.3].map((x) => ({ shape: [], data: [x] }));
await checkGradients(kepler, place, { order: 3 });
console.log('Differences confirm the rule to the third order.');
