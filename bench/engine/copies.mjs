export async function measureCopies() {}
