// RFC 6962 trees.

const leafHash = (entry) => sha256(concat(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

// The root over the leaves' hashes; a node without a sibling moves up as it is.
async function treeRoot(leaves) {
  if (!leaves.length) return sha256(new Uint8Array());
  let level = leaves;
  while (level.length > 1) {
    const above = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i], level[i + 1]));
    if (level.length % 2) above.push(level.at(-1));
    level = await Promise.all(above);
  }
  return level[0];
}

// Check that the tree of `size` leaves under `root` holds the leaf hash at `index` (RFC 9162 section 2.1.3.2).
async function checkInclusion(leaf, { index, size, proof, root }, where) {
  need(index < size, `${where} is beyond the tree of ${size} entries`);
  need(proof.every((hash) => hash.length === 32), `a hash in the inclusion proof of ${where} is not 32 bytes long`);
  let [hash, position, last] = [leaf, index, size - 1];
  for (const sibling of proof) {
    need(last > 0, `the inclusion proof of ${where} is too long`);
    if (position % 2 || position === last) {
      hash = await nodeHash(sibling, hash);
      while (position % 2 === 0 && position > 0) [position, last] = [halved(position), halved(last)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [position, last] = [halved(position), halved(last)];
  }
  need(last === 0 && sameBytes(hash, root), `the inclusion proof of ${where} does not lead to the root`);
}

const halved = (number) => Math.floor(number / 2);
